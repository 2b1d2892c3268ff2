// SPDX-License-Identifier: Apache-2.0

// What the API answers where it does not answer with an object.
extension ObjectType {
  package static let status = ObjectType(
    .meta, "Status", "The outcome of a request.",
    [
      .apiVersion, .kind,
      Field("metadata", 1, .object(.listMeta), "Bookkeeping, as lists have it."),
      Field("status", 2, .string, "Success or Failure."),
      Field("message", 3, .string, "What happened, in a sentence for people."),
      Field("reason", 4, .string, "Why, in one word for programs."),
      Field("details", 5, .object(.statusDetails), "What the request was about."),
      Field("code", 6, .int32, "HTTP status code."),
    ])

  package static let statusDetails = ObjectType(
    .meta, "StatusDetails", "What a request was about, and what was wrong with it.",
    [
      Field("name", 1, .string, "Name of the object."),
      Field("group", 2, .string, "Group of the object."),
      Field("kind", 3, .string, "Kind of the object, or its plural."),
      Field("uid", 6, .string, "Identity of the object."),
      Field("causes", 4, .objects(.statusCause), "What was wrong, one entry a field."),
      Field("retryAfterSeconds", 5, .int32, "Seconds after which the request may be tried again."),
    ])

  package static let statusCause = ObjectType(
    .meta, "StatusCause", "One thing that was wrong.",
    [
      Field("reason", 1, .string, "Why, in one word for programs."),
      Field("message", 2, .string, "Why, in a sentence for people."),
      Field("field", 3, .string, "The field's path."),
    ])
}
