package appengine

import (
	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// keys are those under `app_engine`. But for what is of a release, not of a version,
// they are app.yaml's.
var keys = append([]config.Key{
	{Name: "service", Flag: "app-engine-service", Group: config.GroupWhere, Usage: "name of the service on App Engine (default: that of --service, or default)", Default: "default", InPlaceOf: "service",
		Set: config.SetText(func(s *Settings) *string { return &s.Service }, checkService)},
	{Name: "file", Flag: "appyaml", Group: config.GroupService, Usage: "`FILE` with App Engine's settings in place of app.yaml, relative to the app", Also: []string{"app_file"},
		Set: config.SetText(func(s *Settings) *string { return &s.File }, checkFile)},
	{Name: "env_variables", Flag: "set-env-vars", Group: config.GroupService, Form: config.List, Usage: "`KEY=VALUE`s of the service, in place of the file's", Also: []string{"environment"}, Each: "env_secret_",
		Family: config.Family{Update: "update-env-vars", Remove: "remove-env-vars", Clear: []string{"clear-env-vars"}},
		Set:    config.PythonBooleans(config.SetMap(func(s *Settings) *map[string]string { return &s.Env }, checkVariable, config.AnyText))},
	{Name: "secrets", Flag: "set-secrets", Group: config.GroupService, Form: config.List, Usage: "`KEY=SECRET:VERSION`s of the service, in place of the file's", Also: []string{"secrets"},
		Set: config.Refused(&config.Fault{
			Hint:    "Read the secret from Secret Manager when the app starts, as the account that it runs as; name it in a variable.",
			Message: "cannot be given: App Engine has no secrets, and keeps variables as plain text", Private: true})},
	{Name: "service_account", Flag: "service-account", Group: config.GroupService, Usage: "service account that the app runs as", Also: []string{"service_account", "svc_account"},
		Set: config.SetText(func(s *Settings) *string { return &s.ServiceAccount }, config.CheckAccount)},
	{Name: "stop_previous_version", Flag: "stop-previous-version", Group: config.GroupService, Form: config.Bool, Usage: "stop the version that a release replaces (default: true)",
		Set: config.SetOptionalBool(func(s *Settings) **bool { return &s.StopPrevious })},
	{Name: "keep_versions", Also: []string{"max_versions"}, Set: config.SetOptionalInt(func(s *Settings) **int { return &s.KeepVersions }, 0, 200)},
	{Name: "split_by", Set: config.SetText(func(s *Settings) *string { return &s.SplitBy }, oneOf(splits...))},
	{Name: "dispatch", Also: []string{"dispatch_file"}, Set: config.SetText(func(s *Settings) *string { return &s.Dispatch }, checkFile)},
	{Name: "location", Flag: "app-engine-location", Group: config.GroupSetup, Usage: "where the application of App Engine is, for ever, such as europe-west; asked for where it has to be made",
		Set: config.SetText(func(s *Settings) *string { return &s.Location }, checkLocation)},
	{Name: "cron", Also: []string{"cron_file"}, Set: config.SetText(func(s *Settings) *string { return &s.Cron }, checkFile)},

	{Name: "resources.cpu", Set: config.SetNumber(func(s *Settings) *float64 { return &s.Resources.CPU }, 1, mostCPUs)},
	{Name: "resources.memory_gb", Set: config.SetNumber(func(s *Settings) *float64 { return &s.Resources.MemoryGB }, leastMemory, mostPerCPU*mostCPUs-overhead)},
	{Name: "resources.disk_size_gb", Set: config.SetInt(func(s *Settings) *int { return &s.Resources.DiskSizeGB }, leastDisk, mostDisk)},
	{Name: "resources.volumes", Set: config.SetEach(func(s *Settings) *[]Volume { return &s.Resources.Volumes }, []config.Key{
		{Name: "name", Set: config.SetText(func(v *Volume) *string { return &v.Name }, computeName)},
		{Name: "volume_type", Set: config.SetText(func(v *Volume) *string { return &v.Type }, oneOf("tmpfs"))},
		{Name: "size_gb", Set: config.SetNumber(func(v *Volume) *float64 { return &v.SizeGB }, leastVolume, mostPerCPU*mostCPUs)},
	}, "name", "volume_type", "size_gb")},

	{Name: "network.name", Set: config.SetText(func(s *Settings) *string { return &s.Network.Name }, networkName)},
	{Name: "network.subnetwork_name", Set: config.SetText(func(s *Settings) *string { return &s.Network.Subnetwork }, computeName)},
	{Name: "network.instance_tag", Set: config.SetText(func(s *Settings) *string { return &s.Network.InstanceTag }, computeName)},
	{Name: "network.instance_ip_mode", Set: config.SetText(func(s *Settings) *string { return &s.Network.InstanceIPMode }, checkIPMode)},
	{Name: "network.forwarded_ports", Set: config.SetList(func(s *Settings) *[]string { return &s.Network.ForwardedPorts }, checkForwarded)},
	{Name: "network.session_affinity", Set: config.SetOptionalBool(func(s *Settings) **bool { return &s.Network.SessionAffinity })},

	{Name: "beta_settings", Set: config.PythonBooleans(config.SetMap(func(s *Settings) *map[string]string { return &s.BetaSettings }, config.AnyText, config.AnyText))},

	{Name: "vpc_access_connector.name", Set: config.SetText(func(s *Settings) *string { return &s.VPCAccessConnector.Name }, config.Matching(`[a-z0-9-]+(/.+)*`, "a connector's name", ""))},
	{Name: "vpc_access_connector.egress_setting", Set: config.SetText(func(s *Settings) *string { return &s.VPCAccessConnector.Egress }, oneOf("all-traffic", "private-ranges-only"))},

	{Name: "endpoints_api_service.name", Set: config.SetText(func(s *Settings) *string { return &s.Endpoints.Name }, unspaced)},
	{Name: "endpoints_api_service.rollout_strategy", Set: config.SetText(func(s *Settings) *string { return &s.Endpoints.Rollout }, oneOf("fixed", "managed"))},
	{Name: "endpoints_api_service.config_id", Set: config.SetText(func(s *Settings) *string { return &s.Endpoints.ConfigID }, unspaced)},
	{Name: "endpoints_api_service.trace_sampling", Set: config.SetOptionalBool(func(s *Settings) **bool { return &s.Endpoints.TraceSampling })},
}, append(scalingKeys, healthKeys...)...)
