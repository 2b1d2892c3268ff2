# SPDX-License-Identifier: Apache-2.0
"""The objects that are measured: headless Services, each with a slice of ready endpoints that have hostnames."""

import json

ZONE = "cluster.local"
SERVICES = "/api/v1/namespaces/{}/services"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices"


class Cluster:
    def __init__(self, services, per, namespaces):
        self.services, self.per, self.namespaces = services, per, namespaces

    @property
    def endpoints(self):
        return self.services * self.per

    def namespace(self, service):
        return f"ns-{service % self.namespaces}"

    def address(self, service, endpoint):
        number = service * self.per + endpoint
        return f"11.{number >> 16}.{number >> 8 & 255}.{number & 255}"

    def moved(self, number):
        """An address that no endpoint has at first, another one for each number."""
        return f"12.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    def pod_name(self, service, endpoint):
        return f"pod-{endpoint}.hs-{service}.{self.namespace(service)}.svc.{ZONE}"

    def service_name(self, service):
        return f"hs-{service}.{self.namespace(service)}.svc.{ZONE}"

    def slice_path(self, service):
        return f"{SLICES.format(self.namespace(service))}/hs-{service}-0"

    def slice_body(self, service, first=None):
        """`first` is the address of its first endpoint, where it is another one than at the start."""
        endpoints = [{
            "addresses": [first if first and number == 0 else self.address(service, number)],
            "conditions": {"ready": True, "serving": True, "terminating": False}, "hostname": f"pod-{number}",
            "nodeName": "n0",
            "targetRef": {"kind": "Pod", "namespace": self.namespace(service), "name": f"hs-{service}-{number}"},
        } for number in range(self.per)]
        labels = {"kubernetes.io/service-name": f"hs-{service}", "service.kubernetes.io/headless": ""}
        return json.dumps({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {"name": f"hs-{service}-0", "namespace": self.namespace(service), "labels": labels},
            "addressType": "IPv4", "endpoints": endpoints, "ports": [{"name": "http", "port": 80, "protocol": "TCP"}],
        }).encode()

    def creations(self):
        """(path, body) of every object, kind after kind."""
        for number in range(self.namespaces):
            yield "/api/v1/namespaces", json.dumps({"metadata": {"name": f"ns-{number}"}}).encode()
        for service in range(self.services):
            yield SERVICES.format(self.namespace(service)), json.dumps({
                "metadata": {"name": f"hs-{service}"},
                "spec": {"clusterIP": "None", "ports": [{"name": "http", "port": 80, "protocol": "TCP"}]},
            }).encode()
        for service in range(self.services):
            yield SLICES.format(self.namespace(service)), self.slice_body(service)
