package appengine

// Version is a version as it is asked for: what `gcloud app deploy --image-url` sends
// of the app.yaml that says the same, and a readiness path, always. The types of the
// generated client lack some of these fields.
type Version struct {
	ID                 string            `json:"id,omitempty"`
	Env                string            `json:"env,omitempty"`
	Runtime            string            `json:"runtime,omitempty"`
	BetaSettings       map[string]string `json:"betaSettings,omitempty"`
	Deployment         *Deployment       `json:"deployment,omitempty"`
	Entrypoint         *Entrypoint       `json:"entrypoint,omitempty"`
	Handlers           []Handler         `json:"handlers,omitempty"`
	EnvVariables       map[string]string `json:"envVariables,omitempty"`
	ServiceAccount     string            `json:"serviceAccount,omitempty"`
	Resources          *resources        `json:"resources,omitempty"`
	AutomaticScaling   *automatic        `json:"automaticScaling,omitempty"`
	ManualScaling      *manual           `json:"manualScaling,omitempty"`
	Network            *networkOf        `json:"network,omitempty"`
	ReadinessCheck     *healthCheck      `json:"readinessCheck,omitempty"`
	LivenessCheck      *healthCheck      `json:"livenessCheck,omitempty"`
	VPCAccessConnector *connector        `json:"vpcAccessConnector,omitempty"`
	EndpointsService   *endpoints        `json:"endpointsApiService,omitempty"`
}

// Deployment is what a version runs.
type Deployment struct {
	Container Container `json:"container"`
}

// Container is the image, by digest.
type Container struct {
	Image string `json:"image"`
}

// Entrypoint is empty: the image says what it starts.
type Entrypoint struct {
	Shell string `json:"shell"`
}

// Handler is the one that a version of this environment has.
type Handler struct {
	URLRegex string `json:"urlRegex"`
	Script   Script `json:"script"`
}

// Script is of a Handler.
type Script struct {
	ScriptPath string `json:"scriptPath"`
}

type resources struct {
	CPU      float64  `json:"cpu,omitempty"`
	MemoryGB float64  `json:"memoryGb,omitempty"`
	DiskGB   int      `json:"diskGb,omitempty"`
	Volumes  []volume `json:"volumes,omitempty"`
}

type volume struct {
	Name       string  `json:"name"`
	VolumeType string  `json:"volumeType"`
	SizeGB     float64 `json:"sizeGb"`
}

type automatic struct {
	MinTotalInstances  int                 `json:"minTotalInstances,omitempty"`
	MaxTotalInstances  int                 `json:"maxTotalInstances,omitempty"`
	CoolDownPeriod     string              `json:"coolDownPeriod,omitempty"`
	CPUUtilization     *cpuUtilization     `json:"cpuUtilization,omitempty"`
	RequestUtilization *requestUtilization `json:"requestUtilization,omitempty"`
	NetworkUtilization *NetworkUse         `json:"networkUtilization,omitempty"`
	DiskUtilization    *DiskUse            `json:"diskUtilization,omitempty"`
}

type cpuUtilization struct {
	TargetUtilization       float64 `json:"targetUtilization,omitempty"`
	AggregationWindowLength string  `json:"aggregationWindowLength,omitempty"`
}

type requestUtilization struct {
	TargetConcurrentRequests    int `json:"targetConcurrentRequests,omitempty"`
	TargetRequestCountPerSecond int `json:"targetRequestCountPerSecond,omitempty"`
}

type manual struct {
	Instances int `json:"instances"`
}

type networkOf struct {
	Name            string   `json:"name,omitempty"`
	SubnetworkName  string   `json:"subnetworkName,omitempty"`
	InstanceTag     string   `json:"instanceTag,omitempty"`
	InstanceIPMode  string   `json:"instanceIpMode,omitempty"`
	ForwardedPorts  []string `json:"forwardedPorts,omitempty"`
	SessionAffinity *bool    `json:"sessionAffinity,omitempty"`
}

type healthCheck struct {
	Path             string `json:"path,omitempty"`
	Host             string `json:"host,omitempty"`
	CheckInterval    string `json:"checkInterval,omitempty"`
	Timeout          string `json:"timeout,omitempty"`
	FailureThreshold int    `json:"failureThreshold,omitempty"`
	SuccessThreshold int    `json:"successThreshold,omitempty"`
	AppStartTimeout  string `json:"appStartTimeout,omitempty"`
	InitialDelay     string `json:"initialDelay,omitempty"`
}

type connector struct {
	Name          string `json:"name,omitempty"`
	EgressSetting string `json:"egressSetting,omitempty"`
}

type endpoints struct {
	Name                 string `json:"name"`
	ConfigID             string `json:"configId,omitempty"`
	RolloutStrategy      string `json:"rolloutStrategy,omitempty"`
	DisableTraceSampling *bool  `json:"disableTraceSampling,omitempty"`
}
