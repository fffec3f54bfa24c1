package appengine

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var idForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`) })

func isID(id string) bool { return idForm().MatchString(id) && !strings.Contains(id, "-dot-") }

// newVersion is a version of the flexible environment as it is kept.
func newVersion(id string, body document) (document, error) {
	if !isID(id) || id == "default" || id == "latest" || strings.HasPrefix(id, "ah-") {
		return nil, invalid("Invalid version id %.200q.", id)
	}
	env, _ := body["env"].(string)
	switch env {
	case "2", "flex", "flexible":
	default:
		return nil, status.Error(codes.Unimplemented, "the emulators have the flexible environment alone")
	}
	if imageOf(body) == "" {
		return nil, status.Error(codes.Unimplemented, "the emulators deploy images alone: deployment.container.image is missing")
	}
	scalings := 0
	for _, name := range []string{"automaticScaling", "basicScaling", "manualScaling"} {
		if body[name] != nil {
			scalings++
		}
	}
	if scalings > 1 {
		return nil, invalid("At most one of automatic_scaling, basic_scaling and manual_scaling may be set.")
	}
	doc := maps.Clone(body)
	for _, name := range []string{"createTime", "createdBy", "diskUsageBytes", "name", "versionUrl"} { // which Google alone says
		delete(doc, name)
	}
	doc["env"], doc["vm"], doc["servingStatus"] = "flexible", true, "SERVING"
	if doc["runtime"] == "vm" {
		beta, _ := body["betaSettings"].(document)
		doc["runtime"] = beta["vm_runtime"]
	}
	if runtime, _ := doc["runtime"].(string); runtime == "" {
		return nil, invalid("The version has no runtime.")
	}
	if scalings == 0 {
		doc["automaticScaling"] = document{"minTotalInstances": 2.0, "maxTotalInstances": 20.0, "coolDownPeriod": "120s", "cpuUtilization": document{"targetUtilization": 0.5}}
	}
	return doc, nil
}

// changeable are the fields of a version that may change, by the rest of their paths.
var changeable = []string{"servingStatus", "manualScaling.instances", "automaticScaling.minTotalInstances", "automaticScaling.maxTotalInstances",
	"automaticScaling.coolDownPeriod", "automaticScaling.cpuUtilization.targetUtilization"}

// updateVersion changes what the mask names. All else is for a new version.
func updateVersion(doc, body document, mask string) error {
	for _, path := range strings.Split(mask, ",") {
		path = jsonName(path)
		if !slices.Contains(changeable, path) {
			return invalid("Invalid field in update_mask: %.200q", path)
		}
		to, from := doc, body
		parts := strings.Split(path, ".")
		for _, p := range parts[:len(parts)-1] {
			from, _ = from[p].(document)
			next, ok := to[p].(document)
			if !ok {
				return invalid("The version has no %s.", p)
			}
			to = next
		}
		last := parts[len(parts)-1]
		if from[last] == nil || from[last] == "SERVING_STATUS_UNSPECIFIED" {
			return invalid("The update_mask names %s, which the version does not say.", path)
		}
		to[last] = from[last]
	}
	return checkScaling(doc)
}
