package appyaml

import (
	"math"
	"strings"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// The forms of names at Google, and of what App Engine has of its own.
var (
	serviceName  = matching(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`, "lower-case letters, digits and hyphens, at most 63")
	resourceName = matching(`[a-z]([a-z0-9-]{0,61}[a-z0-9])?`, "a name of Compute Engine: lower-case letters, digits and hyphens")
	networkName  = matching(`[a-z0-9-]+(/[a-z0-9-]+)*`, "a network's name")
	connector    = matching(`[a-z0-9-]+(/.+)*`, "a connector's name")
	port         = matching(`[0-9]+(:[0-9]+)?(/(udp|tcp))?`, "a port such as 2222/tcp or 5000:5001/udp")
	runtime      = matching(`(gs://[a-z0-9._/-]+)|([a-z][a-z0-9.-]{0,29})`, "a runtime's name")
	count        = matching(`[1-9][0-9]*`, "a whole number above 0")
	idle         = matching(`[0-9]+|automatic`, "a whole number or automatic")
	latency      = matching(`[0-9]+((\.[0-9]{1,3})?s|ms)|automatic`, "a time such as 30ms or 1.5s, or automatic")
	expiration   = matching(`\s*([0-9]+)([DdHhMm]|[sS]?)(\s+([0-9]+)([DdHhMm]|[sS]?))*\s*`, "a time such as 4d 5h")
	unspaced     = matching(`\S+`, "a text without spaces")
	someText     = checked(func(s string) bool { return s != "" && !strings.Contains(s, "\n") }, "a line of text")
	urlPattern   = checked(isURLPattern, "a pattern that begins with a / and does not end with a $")
	switched     = func(key string, v Value) (Value, error) {
		if v.Kind == Boolean {
			return truth(key, v)
		}
		return among("on", "off", "yes", "no", "true", "false", "1", "0", "y", "n", "t", "f")(key, v)
	}
)

// isURLPattern is gcloud's: (?!\^)/.*|\..*|(\(.).*(?!\$).
func isURLPattern(s string) bool {
	if strings.Contains(s, "\n") {
		return false
	}
	return strings.HasPrefix(s, "/") || strings.HasPrefix(s, ".") || strings.HasPrefix(s, "(") && len(s) > 2 && !strings.HasSuffix(s, "$")
}

// app is what may stand in app.yaml.
var app = sync.OnceValue(func() form {
	positive, natural := integer(1), integer(0)
	health := map[string]form{
		"enable_health_check": truth, "check_interval_sec": natural, "timeout_sec": natural, "unhealthy_threshold": natural,
		"healthy_threshold": natural, "restart_threshold": natural, "host": text,
	}
	handler := object(map[string]form{
		"url": urlPattern, "login": among("optional", "required", "admin"), "auth_fail_action": among("redirect", "unauthorized"),
		"secure": among("never", "always", "optional", "default"), "script": someText,
		"static_files": someText, "upload": someText, "application_readable": truth, "static_dir": someText, "mime_type": text,
		"expiration": expiration, "require_matching_file": truth, "http_headers": headers, "api_endpoint": switched,
		"position": refused("", "is for files that app.yaml includes"), "redirect_http_response_code": among("301", "302", "303", "307"),
	})
	return object(map[string]form{
		"application": refused("Remove it, and give --project.", "has no place here: the project is chosen for each deploy"),
		"project":     refused("Remove it, and give --project.", "has no place here: the project is chosen for each deploy"),
		"version":     refused("Remove it: each release gets a version of its own.", "has no place here"),
		"service":     serviceName, "module": serviceName,
		"runtime": runtime, "runtime_channel": text, "api_version": matching(`[\w.]{1,32}`, "a version"), "main": someText,
		"env":                   among("1", "2", "standard", "flex", "flexible"),
		"entrypoint":            text,
		"runtime_config":        dictionary,
		"instance_class":        text,
		"source_language":       matching(`[\w.-]{1,32}`, "a language"),
		"vm":                    truth,
		"vm_settings":           dictionary,
		"beta_settings":         dictionary,
		"env_variables":         dictionary,
		"build_env_variables":   dictionary,
		"vm_health_check":       object(health),
		"health_check":          object(health),
		"zones":                 listOf(text),
		"default_expiration":    expiration,
		"skip_files":            patternsOf,
		"nobuild_files":         patternsOf,
		"threadsafe":            truth,
		"service_account":       text,
		"code_lock":             truth,
		"standard_websocket":    truth,
		"app_engine_apis":       truth,
		"auto_id_policy":        among("legacy", "default"),
		"derived_file_type":     listOf(among("java_precompiled", "python_precompiled")),
		"inbound_services":      listOf(among("mail", "mail_bounce", "xmpp_message", "xmpp_subscribe", "xmpp_presence", "xmpp_error", "channel_presence", "rest", "warmup")),
		"handlers":              listOf(handler),
		"libraries":             listOf(object(map[string]form{"name": text, "version": text}, "name", "version")),
		"error_handlers":        listOf(object(map[string]form{"error_code": among("default", "over_quota", "dos_api_denial", "timeout"), "file": someText, "mime_type": text}, "file")),
		"admin_console":         object(map[string]form{"pages": listOf(object(map[string]form{"url": urlPattern, "name": someText}, "url", "name"))}),
		"api_config":            object(map[string]form{"url": urlPattern, "script": someText, "login": among("optional", "required", "admin"), "auth_fail_action": among("redirect", "unauthorized"), "secure": among("never", "always", "optional", "default")}, "url", "script"),
		"builtins":              refused("Remove it, and serve their paths in the app.", "is of App Engine's first generation, which can no longer be deployed"),
		"includes":              refused("Copy what the files say into app.yaml.", "is not understood: files that it names are not read"),
		"backends":              refused("Make each a service with an app.yaml of its own.", "is no longer served by App Engine"),
		"endpoints_api_service": object(map[string]form{"name": unspaced, "rollout_strategy": among("fixed", "managed"), "config_id": unspaced, "trace_sampling": truth}, "name"),
		"vpc_access_connector":  object(map[string]form{"name": connector, "egress_setting": among("all-traffic", "private-ranges-only")}, "name"),
		"flexible_runtime_settings": object(map[string]form{
			"operating_system": matching(`[a-z0-9]+`, "an operating system such as ubuntu22"), "runtime_version": text}, "operating_system"),
		"resources": object(map[string]form{
			"cpu": number, "memory_gb": number, "disk_size_gb": integer(math.MinInt64),
			"volumes": listOf(object(map[string]form{"name": text, "volume_type": text, "size_gb": number}, "name", "volume_type", "size_gb")),
		}),
		"network": object(map[string]form{
			"forwarded_ports": listOf(port), "instance_tag": resourceName, "name": networkName, "subnetwork_name": resourceName,
			"session_affinity": truth, "instance_ip_mode": among("external", "internal", "EXTERNAL", "INTERNAL"),
		}),
		"readiness_check": object(map[string]form{
			"path": text, "host": text, "check_interval_sec": natural, "timeout_sec": natural, "failure_threshold": natural,
			"success_threshold": natural, "app_start_timeout_sec": natural,
		}),
		"liveness_check": object(map[string]form{
			"path": text, "host": text, "check_interval_sec": natural, "timeout_sec": natural, "failure_threshold": natural,
			"success_threshold": natural, "initial_delay_sec": natural,
		}),
		"manual_scaling": object(map[string]form{"instances": count}, "instances"),
		"basic_scaling":  object(map[string]form{"max_instances": count, "idle_timeout": matching(`[0-9]+(s|m)`, "a time such as 10m")}, "max_instances"),
		"automatic_scaling": object(map[string]form{
			"min_idle_instances": idle, "max_idle_instances": idle, "min_pending_latency": latency, "max_pending_latency": latency,
			"max_concurrent_requests": count, "min_instances": integer(math.MinInt64), "max_instances": integer(math.MinInt64),
			"target_cpu_utilization": number, "target_throughput_utilization": number,
			"min_num_instances": positive, "max_num_instances": positive, "cool_down_period_sec": integer(60),
			"cpu_utilization":                   object(map[string]form{"target_utilization": decimal(1e-6, 1), "aggregation_window_length_sec": positive}),
			"target_network_sent_bytes_per_sec": positive, "target_network_sent_packets_per_sec": positive,
			"target_network_received_bytes_per_sec": positive, "target_network_received_packets_per_sec": positive,
			"target_disk_write_bytes_per_sec": positive, "target_disk_write_ops_per_sec": positive,
			"target_disk_read_bytes_per_sec": positive, "target_disk_read_ops_per_sec": positive,
			"target_request_count_per_sec": positive, "target_concurrent_requests": positive,
			"custom_metrics": listOf(object(map[string]form{
				"metric_name": unspaced, "target_type": among("GAUGE", "DELTA_PER_SECOND", "DELTA_PER_MINUTE"),
				"target_utilization": number, "single_instance_assignment": number, "filter": text,
			}, "metric_name", "target_type")),
		}),
	})
})

// patternsOf is a regular expression, or a list of them.
func patternsOf(key string, v Value) (Value, error) {
	if v.Kind == List {
		return listOf(text)(key, v)
	}
	return text(key, v)
}

// headers are what a static file is served with.
func headers(key string, v Value) (Value, error) {
	if v.Kind != Mapping {
		return v, v.wrong("", key, "must be a mapping, but is %s", v.is())
	}
	for _, f := range v.Fields {
		if f.Name == "" || strings.ContainsFunc(f.Name, func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`()<>@,;:\"/[]?={}`, c) }) {
			return v, errs.At(f.Place, "", "%s: %q is no header's name", key, f.Name)
		}
		if _, err := text(key+"."+f.Name, f.Value); err != nil {
			return v, err
		}
	}
	return v, nil
}
