package appengine

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// legacy is what Google says of health checks that are one and not two.
const legacy = "Legacy health checks are no longer supported for the App Engine Flexible environment. This app's feature setting is configured to use legacy health checks by default. " +
	"For instructions on migrating to split health checks see https://cloud.google.com/appengine/docs/flexible/java/migrating-to-split-health-checks"

// checkFlexible refuses a version that the flexible environment cannot have, in an
// application of such features. Images may be at addr, too.
// Source: cloud.google.com/appengine/docs/flexible/reference/app-yaml.
func checkFlexible(features, doc document, addr string) error {
	if doc["basicScaling"] != nil {
		return invalid("basic_scaling is not supported in the flexible environment.")
	}
	checked := doc["readinessCheck"] != nil || doc["livenessCheck"] != nil
	if doc["healthCheck"] != nil || !checked && features["splitHealthChecks"] != true {
		return invalid("%s", legacy)
	}
	for _, check := range []func(document) error{checkAccount, checkScaling, checkNetwork, checkVolumes, checkEndpoints} {
		if err := check(doc); err != nil {
			return err
		}
	}
	return checkImage(imageOf(doc), addr)
}

func checkAccount(doc document) error {
	if account := textAt(doc, "serviceAccount"); account != "" && !accountForm.MatchString(account) {
		return invalid("Invalid service account %.200q.", account)
	}
	return nil
}

// checkScaling refuses numbers of instances that cannot be. What is left out is not looked at.
func checkScaling(doc document) error {
	if manual, ok := doc["manualScaling"].(document); ok {
		if n, _ := manual["instances"].(float64); n < 1 {
			return invalid("manual_scaling.instances must be at least 1, not %g.", n)
		}
	}
	a, _ := doc["automaticScaling"].(document)
	least, hasLeast := a["minTotalInstances"].(float64)
	most, hasMost := a["maxTotalInstances"].(float64)
	utilization, _ := a["cpuUtilization"].(document)
	target, hasTarget := utilization["targetUtilization"].(float64)
	pause, hasPause := durationAt(a, "coolDownPeriod")
	switch {
	case hasLeast && least < 1:
		return invalid("automatic_scaling.min_total_instances must be at least 1, not %g.", least)
	case hasMost && most < 1:
		return invalid("automatic_scaling.max_total_instances must be at least 1, not %g.", most)
	case hasLeast && hasMost && least > most:
		return invalid("automatic_scaling.min_total_instances, %g, must not be greater than max_total_instances, %g.", least, most)
	case hasPause && pause < time.Minute:
		return invalid("automatic_scaling.cool_down_period must be at least 60 seconds, not %v.", pause)
	case hasTarget && (target <= 0 || target > 1):
		return invalid("automatic_scaling.cpu_utilization.target_utilization must be greater than 0 and at most 1, not %g.", target)
	}
	return nil
}

// portForm is a forwarded port: PORT, PORT:PORT of the container, with /tcp or /udp.
var portForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9]{1,5})(?::([0-9]{1,5}))?(?:/(?:tcp|udp))?$`) })

func checkNetwork(doc document) error {
	n, _ := doc["network"].(document)
	if textAt(n, "subnetworkName") != "" && textAt(n, "name") == "" {
		return invalid("network.name must be set with network.subnetwork_name.")
	}
	ports, _ := n["forwardedPorts"].([]any)
	for _, p := range ports {
		text, _ := p.(string)
		m := portForm().FindStringSubmatch(text)
		if m == nil {
			return invalid("Invalid forwarded port %.200q.", text)
		}
		for _, number := range m[1:] {
			if v, err := strconv.Atoi(number); number != "" && (err != nil || v < 1 || v > 65535) {
				return invalid("Invalid forwarded port %.200q.", text)
			}
		}
	}
	return nil
}

func checkVolumes(doc document) error {
	resources, _ := doc["resources"].(document)
	volumes, _ := resources["volumes"].([]any)
	names := map[string]bool{}
	for _, v := range volumes {
		volume, _ := v.(document)
		name, kind := textAt(volume, "name"), textAt(volume, "volumeType")
		switch {
		case name == "" || names[name]:
			return invalid("Volumes must have names of their own: %.200q", name)
		case kind != "tmpfs":
			return invalid("Invalid type of volume %.200q: %.200q. It must be tmpfs.", name, kind)
		}
		names[name] = true
	}
	return nil
}

func checkEndpoints(doc document) error {
	e, ok := doc["endpointsApiService"].(document)
	if !ok {
		return nil
	}
	managed, config := e["rolloutStrategy"] == "MANAGED", textAt(e, "configId")
	switch {
	case textAt(e, "name") == "":
		return invalid("endpoints_api_service.name must be set.")
	case managed && config != "":
		return invalid("endpoints_api_service.config_id is forbidden when rollout_strategy is MANAGED.")
	case !managed && config == "":
		return invalid("endpoints_api_service.config_id is required when rollout_strategy is FIXED or unset.")
	}
	return nil
}

// registryHost are the hosts that images are deployed from (gcloud knows the same).
var registryHost = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(?:us\.|eu\.|asia\.|mirror\.)?gcr\.io|[a-z][a-z0-9-]*-docker\.pkg\.dev|docker\.[a-z][a-z0-9-]*\.rep\.pkg\.dev)$`)
})

func checkImage(image, addr string) error {
	host, name, _ := strings.Cut(image, "/")
	_, port, _ := strings.Cut(addr, ":")
	beside := host == addr || host == "localhost:"+port
	if name == "" || !beside && !registryHost().MatchString(host) {
		return invalid("Invalid container image %.200q: it is not in a registry that App Engine can pull from.", image)
	}
	return nil
}

// checkSize refuses memory that does not go with the CPUs. Google says so by the
// operation, and not by the call.
func checkSize(doc document) error {
	resources, _ := doc["resources"].(document)
	cpu, ok := resources["cpu"].(float64)
	if !ok || cpu == 0 {
		cpu = 1
	}
	memory, ok := resources["memoryGb"].(float64)
	if !ok || memory == 0 {
		memory = 0.6
	}
	const overhead = 0.4 // GB that the platform takes of the machine
	if each := (memory + overhead) / cpu; each < 0.9-1e-9 || each > 6.5+1e-9 {
		return invalid("App Engine Flexible validation error: Memory GB (%.2f) per VCPUs must be between 0.90 and 6.50.", each)
	}
	return nil
}

func textAt(doc document, name string) string {
	text, _ := doc[name].(string)
	return text
}

// durationAt is a duration, which conform has found to be one.
func durationAt(doc document, name string) (time.Duration, bool) {
	d, err := time.ParseDuration(textAt(doc, name))
	return d, err == nil
}
