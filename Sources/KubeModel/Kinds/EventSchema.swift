// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Events: what happened to objects, told to people.
extension ObjectType {
  package static let event = ObjectType(
    .core, "Event", "Something that happened to an object.",
    [
      .apiVersion, .kind, .metadata,
      Field("involvedObject", 2, .object(.objectReference), "The object that the event is about.").required(),
      Field("reason", 3, .string, "What happened, in one word."),
      Field("message", 4, .string, "What happened, in a sentence."),
      Field("source", 5, .object(.eventSource), "Who reports it (older form).").defaulted([:]),
      Field("firstTimestamp", 6, .time, "When it happened first."),
      Field("lastTimestamp", 7, .time, "When it happened last."),
      Field("count", 8, .int32, "How often it happened."),
      Field("type", 9, .string, "Normal or Warning."),
      Field("eventTime", 10, .microTime, "When it happened."),
      Field("series", 11, .object(.eventSeries), "The series that the event stands for."),
      Field("action", 12, .string, "What was done or failed."),
      Field("related", 13, .object(.objectReference), "A second object that took part."),
      Field("reportingComponent", 14, .string, "Name of the program that reports it."),
      Field("reportingInstance", 15, .string, "Identity of the program that reports it."),
    ],
    validation: { event, path, errors in
      let involved = event["involvedObject"]?["namespace"]?.string ?? ""
      let namespace = event["metadata"]?["namespace"]?.string ?? ""
      // Events about objects without a namespace are kept in the default one.
      if involved != namespace, !(involved.isEmpty && namespace == "default") {
        errors.append(
          .invalid(
            path.appending("involvedObject").appending("namespace"), .string(involved),
            "does not match event.namespace"))
      }
    })

  package static let eventSource = ObjectType(
    .core, "EventSource", "Who reports an event.",
    [
      Field("component", 1, .string, "Name of the program."),
      Field("host", 2, .string, "Name of the node it runs on."),
    ])

  package static let eventSeries = ObjectType(
    .core, "EventSeries", "A run of events of one kind.",
    [
      Field("count", 1, .int32, "How often it happened."),
      Field("lastObservedTime", 2, .microTime, "When it happened last."),
    ])
}
