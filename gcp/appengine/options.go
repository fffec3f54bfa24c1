package appengine

// Options are what App Engine alone understands of a release, by the names that
// app.yaml has. A zero field is left to App Engine.
type Options struct {
	ServiceAccount string `json:"service_account,omitempty"`

	Resources        Resources        `json:"resources,omitzero"`
	AutomaticScaling AutomaticScaling `json:"automatic_scaling,omitzero"`
	ManualScaling    ManualScaling    `json:"manual_scaling,omitzero"`
	Network          Network          `json:"network,omitzero"`
	ReadinessCheck   ReadinessCheck   `json:"readiness_check,omitzero"`
	LivenessCheck    LivenessCheck    `json:"liveness_check,omitzero"`

	BetaSettings       map[string]string `json:"beta_settings,omitempty"`
	VPCAccessConnector Connector         `json:"vpc_access_connector,omitzero"`
	Endpoints          Endpoints         `json:"endpoints_api_service,omitzero"`

	// YAMLFile is the file of settings that App Engine shows; "" = app.yaml.
	YAMLFile string `json:"yaml_file,omitempty"`

	// SplitBy is how callers are told apart where a release shares its traffic.
	SplitBy string `json:"split_by,omitempty"`
	// KeepVersions is how many versions stay that do not serve, beside the one that a
	// release replaced; 0 = all. nil = Keep's default.
	KeepVersions *int `json:"keep_versions,omitempty"`
	// StopPrevious says whether a version is stopped that serves no more. nil = it is.
	StopPrevious *bool `json:"stop_previous_version,omitempty"`
	// DispatchYAML and CronYAML are the texts of the files that go with a release.
	DispatchYAML string `json:"dispatch_yaml,omitempty"`
	CronYAML     string `json:"cron_yaml,omitempty"`
}

// defaultKeep is how many versions stay that do not serve: enough to go back to, few
// enough for App Engine, which refuses releases where there are too many.
const defaultKeep = 5

// Keep is how many versions that do not serve are kept, the newest first; all is true
// where none is removed.
func (o Options) Keep() (n int, all bool) {
	if o.KeepVersions == nil {
		return defaultKeep, false
	}
	return *o.KeepVersions, *o.KeepVersions == 0
}

// Stop says whether versions are stopped that serve no more.
func (o Options) Stop() bool { return o.StopPrevious == nil || *o.StopPrevious }

// Resources are what an instance has.
type Resources struct {
	CPU        float64  `json:"cpu,omitempty"`
	MemoryGB   float64  `json:"memory_gb,omitempty"` // for the app: what the platform takes comes on top
	DiskSizeGB int      `json:"disk_size_gb,omitempty"`
	Volumes    []Volume `json:"volumes,omitempty"`
}

// Volume is a file system in memory.
type Volume struct {
	Name   string  `json:"name"`
	Type   string  `json:"volume_type"`
	SizeGB float64 `json:"size_gb"`
}

// AutomaticScaling is how many instances run, by load.
type AutomaticScaling struct {
	Min                int            `json:"min_num_instances,omitempty"`
	Max                int            `json:"max_num_instances,omitempty"`
	CoolDownSeconds    int            `json:"cool_down_period_sec,omitempty"`
	CPU                CPUUtilization `json:"cpu_utilization,omitzero"`
	ConcurrentRequests int            `json:"target_concurrent_requests,omitempty"`
	RequestsPerSecond  int            `json:"target_request_count_per_sec,omitempty"`
	Network            NetworkUse     `json:"network,omitzero"`
	Disk               DiskUse        `json:"disk,omitzero"`
}

// NetworkUse is how much an instance may send and receive a second, by the names in
// the API.
type NetworkUse struct {
	SentBytes       int `json:"targetSentBytesPerSecond,omitempty"`
	SentPackets     int `json:"targetSentPacketsPerSecond,omitempty"`
	ReceivedBytes   int `json:"targetReceivedBytesPerSecond,omitempty"`
	ReceivedPackets int `json:"targetReceivedPacketsPerSecond,omitempty"`
}

// DiskUse is how much an instance may write and read a second, by the names in the
// API.
type DiskUse struct {
	WriteBytes int `json:"targetWriteBytesPerSecond,omitempty"`
	WriteOps   int `json:"targetWriteOpsPerSecond,omitempty"`
	ReadBytes  int `json:"targetReadBytesPerSecond,omitempty"`
	ReadOps    int `json:"targetReadOpsPerSecond,omitempty"`
}

// CPUUtilization is how busy instances may be.
type CPUUtilization struct {
	Target        float64 `json:"target_utilization,omitempty"`
	WindowSeconds int     `json:"aggregation_window_length_sec,omitempty"`
}

// ManualScaling is a fixed number of instances.
type ManualScaling struct {
	Instances int `json:"instances,omitempty"`
}

// Network is where instances are, and how they are reached beside HTTP.
type Network struct {
	Name            string   `json:"name,omitempty"`
	Subnetwork      string   `json:"subnetwork_name,omitempty"`
	InstanceTag     string   `json:"instance_tag,omitempty"`
	InstanceIPMode  string   `json:"instance_ip_mode,omitempty"`
	ForwardedPorts  []string `json:"forwarded_ports,omitempty"`
	SessionAffinity *bool    `json:"session_affinity,omitempty"`
}

// Health is what both checks of an instance have.
type Health struct {
	Path             string `json:"path,omitempty"`
	Host             string `json:"host,omitempty"`
	IntervalSeconds  int    `json:"check_interval_sec,omitempty"`
	TimeoutSeconds   int    `json:"timeout_sec,omitempty"`
	FailureThreshold int    `json:"failure_threshold,omitempty"`
	SuccessThreshold int    `json:"success_threshold,omitempty"`
}

// ReadinessCheck says when an instance gets requests.
type ReadinessCheck struct {
	Health
	AppStartSeconds int `json:"app_start_timeout_sec,omitempty"`
}

// LivenessCheck says when an instance is started anew.
type LivenessCheck struct {
	Health
	InitialDelaySeconds *int `json:"initial_delay_sec,omitempty"`
}

// Connector is one of Serverless VPC Access.
type Connector struct {
	Name   string `json:"name,omitempty"`
	Egress string `json:"egress_setting,omitempty"`
}

// Endpoints is a service of Cloud Endpoints in front of the app.
type Endpoints struct {
	Name          string `json:"name,omitempty"`
	Rollout       string `json:"rollout_strategy,omitempty"`
	ConfigID      string `json:"config_id,omitempty"`
	TraceSampling *bool  `json:"trace_sampling,omitempty"`
}
