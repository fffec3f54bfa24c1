package run

import (
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// keys are those under `run`. Names are gcloud's flags' where those say enough, and the
// flags are gcloud's. Volumes and sidecars have none: they are mappings of mappings.
var keys = []config.Key{
	{Name: "port", Flag: "port", Group: config.GroupWhat, Usage: "port that the app listens on", Default: "8080", Also: []string{"port"},
		Set: config.SetInt(func(s *Settings) *int { return &s.Port }, 1, 65535)},
	{Name: "cpu", Flag: "cpu", Group: config.GroupService, Usage: "CPUs of an instance, such as 1 or 500m", Also: []string{"cpu"},
		Set: config.SetText(func(s *Settings) *string { return &s.CPU }, checkCPU)},
	{Name: "memory", Flag: "memory", Group: config.GroupService, Usage: "memory of an instance, such as 512Mi", Also: []string{"memory"},
		Set: config.SetText(func(s *Settings) *string { return &s.Memory }, checkMemory)},
	{Name: "concurrency", Flag: "concurrency", Group: config.GroupService, Usage: "requests at once per instance", Also: []string{"concurrency"},
		Set: config.SetInt(func(s *Settings) *int { return &s.Concurrency }, 1, 1000)},
	{Name: "min_instances", Flag: "min-instances", Group: config.GroupService, Usage: "least number of instances", Also: []string{"min_instances"},
		Set: config.SetOptionalInt(func(s *Settings) **int { return &s.MinInstances }, 0, 10000)},
	{Name: "max_instances", Flag: "max-instances", Group: config.GroupService, Usage: "greatest number of instances", Also: []string{"max_instances"},
		Set: config.SetOptionalInt(func(s *Settings) **int { return &s.MaxInstances }, 1, 10000)},
	{Name: "timeout", Flag: "timeout", Group: config.GroupService, Usage: "longest time a request may take", Also: []string{"timeout"},
		Set: config.SetSeconds(func(s *Settings) *int { return &s.TimeoutSeconds }, time.Hour)},
	{Name: "env", Flag: "set-env-vars", Group: config.GroupService, Form: config.List, Usage: "`KEY=VALUE`s of the service, in place of the file's", Also: []string{"environment"}, Each: "env_secret_",
		Family: config.Family{Update: "update-env-vars", Remove: "remove-env-vars", Clear: []string{"clear-env-vars"}, File: "env_file"},
		Set:    config.SetMap(func(s *Settings) *map[string]string { return &s.Env }, checkVariable, config.AnyText)},
	{Name: "env_file", Flag: "env-vars-file", Group: config.GroupService, Usage: "`FILE` with variables of the service, in YAML or named .env, below those of run.env; as a flag in place of the file's",
		Set: config.SetText(func(s *Settings) *string { return &s.EnvFile }, config.AnyText)},
	{Name: "secrets", Flag: "set-secrets", Group: config.GroupService, Form: config.List, Usage: "`KEY=SECRET:VERSION`s of the service, or /PATH=SECRET:VERSION for files, in place of the file's", Also: []string{"secrets"},
		Family: config.Family{Update: "update-secrets", Remove: "remove-secrets", Clear: []string{"clear-secrets"}},
		Set:    config.SetMap(func(s *Settings) *map[string]string { return &s.Secrets }, checkSecretName, checkSecret)},
	{Name: "service_account", Flag: "service-account", Group: config.GroupService, Usage: "service account that the app runs as", Also: []string{"service_account", "svc_account"},
		Set: config.SetText(func(s *Settings) *string { return &s.ServiceAccount }, config.CheckAccount)},
	{Name: "allow_unauthenticated", Flag: "allow-unauthenticated", Group: config.GroupService, Form: config.Bool, Usage: "let everyone call the service", Also: []string{"allow_unauthenticated"},
		Set: truth(func(o *Options) **bool { return &o.AllowUnauthenticated })},
	{Name: "invoker_iam_check", Flag: "invoker-iam-check", Group: config.GroupService, Form: config.Bool, Usage: "ask the service's policy who may call it; with --allow-unauthenticated everyone is let in by that",
		Set: truth(func(o *Options) **bool { return &o.InvokerIAMCheck })},

	{Name: "cpu_throttling", Flag: "cpu-throttling", Group: config.GroupService, Form: config.Bool, Usage: "give CPU during requests only",
		Set: truth(func(o *Options) **bool { return &o.CPUThrottling })},
	{Name: "cpu_boost", Flag: "cpu-boost", Group: config.GroupService, Form: config.Bool, Usage: "give more CPU while an instance starts",
		Set: truth(func(o *Options) **bool { return &o.CPUBoost })},
	{Name: "gpu", Flag: "gpu", Group: config.GroupService, Usage: "GPUs of an instance",
		Set: word(func(o *Options) *string { return &o.GPU }, config.Matching("1", "1, which is all that Cloud Run has", ""))},
	{Name: "gpu_type", Flag: "gpu-type", Group: config.GroupService, Usage: "kind of GPU, such as nvidia-l4",
		Set: word(func(o *Options) *string { return &o.GPUType }, config.Matching(`[a-z0-9]([a-z0-9-]*[a-z0-9])?`, "a kind of GPU such as nvidia-l4", ""))},
	{Name: "gpu_zonal_redundancy", Flag: "gpu-zonal-redundancy", Group: config.GroupService, Form: config.Bool, Usage: "keep GPUs for when a zone fails",
		Set: truth(func(o *Options) **bool { return &o.GPUZonalRedundancy })},
	{Name: "service_min_instances", Flag: "min", Group: config.GroupService, Usage: "least number of instances of the service, over all revisions with traffic",
		Set: count(func(o *Options) **int { return &o.ServiceMinInstances }, 0)},
	{Name: "service_max_instances", Flag: "max", Group: config.GroupService, Usage: "greatest number of instances of the service, over all revisions with traffic",
		Set: count(func(o *Options) **int { return &o.ServiceMaxInstances }, 1)},
	{Name: "scaling", Flag: "scaling", Group: config.GroupService, Usage: "auto, or how many instances the service always has",
		Set: word(func(o *Options) *string { return &o.Scaling }, checkScaling)},
	{Name: "execution_environment", Flag: "execution-environment", Group: config.GroupService, Usage: "gen1 or gen2",
		Set: word(func(o *Options) *string { return &o.ExecutionEnvironment }, config.OneOf(gen1, gen2))},
	{Name: "session_affinity", Flag: "session-affinity", Group: config.GroupService, Form: config.Bool, Usage: "send a client's requests to the same instance where that can be",
		Set: truth(func(o *Options) **bool { return &o.SessionAffinity })},
	{Name: "use_http2", Flag: "use-http2", Group: config.GroupService, Form: config.Bool, Usage: "speak HTTP/2 with the app, which gRPC needs",
		Set: truth(func(o *Options) **bool { return &o.UseHTTP2 })},
	{Name: "ingress", Flag: "ingress", Group: config.GroupService, Usage: "from where the service can be called: all, internal, internal-and-cloud-load-balancing",
		Set: word(func(o *Options) *string { return &o.Ingress }, config.OneOf(ingressAll, ingressInternal, ingressBalanced))},
	{Name: "default_url", Flag: "default-url", Group: config.GroupService, Form: config.Bool, Usage: "have the service answer at its run.app URL",
		Set: truth(func(o *Options) **bool { return &o.DefaultURL })},
	{Name: "iap", Flag: "iap", Group: config.GroupService, Form: config.Bool, Usage: "have Identity-Aware Proxy ask who calls",
		Set: truth(func(o *Options) **bool { return &o.IAP })},
	{Name: "custom_audiences", Flag: "set-custom-audiences", Group: config.GroupService, Form: config.List, Usage: "audiences of identity tokens that the service takes, beside its URL",
		Family: config.Family{Of: config.Names, Update: "add-custom-audiences", Remove: "remove-custom-audiences", Clear: []string{"clear-custom-audiences"}},
		Set:    config.SetList(func(s *Settings) *[]string { return &s.CustomAudiences }, checkAudience)},
	{Name: "vpc.connector", Flag: "vpc-connector", Group: config.GroupService, Usage: "connector to a VPC network",
		Family: config.Family{Clear: []string{"clear-vpc-connector"}},
		Set:    word(func(o *Options) *string { return &o.VPC.Connector }, config.Matching(`(projects/[^/]+/locations/[^/]+/connectors/)?[a-z][a-z0-9-]*`, "the name of a connector", ""))},
	{Name: "vpc.network", Flag: "network", Group: config.GroupService, Usage: "VPC network that the app is in",
		Family: config.Family{Clear: []string{"clear-network"}},
		Set:    word(func(o *Options) *string { return &o.VPC.Network }, config.Matching(`(projects/[^/]+/global/networks/)?[a-z][a-z0-9-]*`, "the name of a network", ""))},
	{Name: "vpc.subnet", Flag: "subnet", Group: config.GroupService, Usage: "subnet that the app's addresses are of",
		Family: config.Family{Clear: []string{"clear-network"}},
		Set:    word(func(o *Options) *string { return &o.VPC.Subnet }, config.Matching(`(projects/[^/]+/regions/[^/]+/subnetworks/)?[a-z][a-z0-9-]*`, "the name of a subnet", ""))},
	{Name: "vpc.tags", Flag: "network-tags", Group: config.GroupService, Form: config.List, Usage: "network tags of the app's instances",
		Family: config.Family{Clear: []string{"clear-network", "clear-network-tags"}},
		Set:    config.SetList(func(s *Settings) *[]string { return &s.VPC.Tags }, config.Matching(`[a-z]([a-z0-9-]{0,61}[a-z0-9])?`, "a network tag: lower-case letters, digits and hyphens, at most 63", ""))},
	{Name: "vpc.egress", Flag: "vpc-egress", Group: config.GroupService, Usage: "what goes through the network: private-ranges-only or all-traffic",
		Set: word(func(o *Options) *string { return &o.VPC.Egress }, config.OneOf(egressPrivate, egressAll))},
	{Name: "mesh", Flag: "mesh", Group: config.GroupService, Usage: "service mesh, as projects/PROJECT/locations/global/meshes/NAME",
		Set: word(func(o *Options) *string { return &o.Mesh }, config.Matching(`projects/[^/]+/locations/global/meshes/[^/]+`, "projects/PROJECT/locations/global/meshes/NAME", ""))},
	{Name: "cloudsql_instances", Flag: "set-cloudsql-instances", Group: config.GroupService, Form: config.List, Usage: "Cloud SQL `INSTANCE`s, as PROJECT:REGION:NAME, which the app finds below /cloudsql",
		Family: config.Family{Of: config.Names, Update: "add-cloudsql-instances", Remove: "remove-cloudsql-instances", Clear: []string{"clear-cloudsql-instances"}},
		Set:    config.SetList(func(s *Settings) *[]string { return &s.CloudSQLInstances }, config.Matching(`([a-z0-9.-]+:)?[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]+`, "PROJECT:REGION:NAME", "`gcloud sql instances describe NAME` shows it as connectionName."))},
	{Name: "volumes", Group: config.GroupService, Usage: "volumes by name: type (cloud-storage, nfs, in-memory), mount, and what the type takes",
		Family: config.Family{Of: config.Blocks, Update: "add-volume", Remove: "remove-volume", Clear: []string{"clear-volumes"}},
		Set:    config.SetNamed(func(s *Settings) *map[string]Volume { return &s.Volumes }, dnsLabel, volumeKeys, "type")},
	{Name: "startup_probe", Flag: "startup-probe", Group: config.GroupService, Usage: "`KEY=VALUE`s of how an instance is seen to have started, such as httpGet.path=/healthz,periodSeconds=5",
		Set: config.SetOne(func(s *Settings) **Probe { return &s.StartupProbe }, probeKeys)},
	{Name: "liveness_probe", Flag: "liveness-probe", Group: config.GroupService, Usage: "`KEY=VALUE`s of how an instance is seen to be alive; else it is started again",
		Set: config.SetOne(func(s *Settings) **Probe { return &s.LivenessProbe }, probeKeys)},
	{Name: "readiness_probe", Flag: "readiness-probe", Group: config.GroupService, Usage: "`KEY=VALUE`s of how an instance is seen to be ready; else it gets no requests",
		Set: config.SetOne(func(s *Settings) **Probe { return &s.ReadinessProbe }, probeKeys)},
	{Name: "deploy_health_check", Flag: "deploy-health-check", Group: config.GroupService, Form: config.Bool, Usage: "see an instance start before a revision is ready",
		Set: truth(func(o *Options) **bool { return &o.DeployHealthCheck })},
	{Name: "depends_on", Flag: "depends-on", Group: config.GroupService, Form: config.List, Usage: "sidecars that start before the app",
		Set: config.SetList(func(s *Settings) *[]string { return &s.DependsOn }, dnsLabel)},
	{Name: "sidecars", Group: config.GroupService, Usage: "containers beside the app's, by name: image, command, args, env, secrets, cpu, memory, mounts, depends_on, probes",
		Set: config.SetNamed(func(s *Settings) *map[string]Sidecar { return &s.Sidecars }, dnsLabel, sidecarKeys, "image")},
	{Name: "description", Flag: "description", Group: config.GroupService, Usage: "what the service is, for people",
		Set: word(func(o *Options) *string { return &o.Description }, checkDescription)},
	{Name: "labels", Flag: "labels", Group: config.GroupService, Form: config.List, Usage: "`KEY=VALUE` labels of the service and its revisions, in place of the file's",
		Family: config.Family{Update: "update-labels", Remove: "remove-labels", Clear: []string{"clear-labels"}},
		Set:    config.SetMap(func(s *Settings) *map[string]string { return &s.Labels }, checkLabel, checkLabelValue)},
	{Name: "annotations", Flag: "annotations", Group: config.GroupService, Form: config.List, Usage: "`KEY=VALUE` annotations of the service, in place of the file's",
		Family: config.Family{Update: "update-annotations", Remove: "remove-annotations", Clear: []string{"clear-annotations"}},
		Set:    config.SetMap(func(s *Settings) *map[string]string { return &s.Annotations }, checkAnnotation, config.AnyText)},
	{Name: "encryption_key", Flag: "key", Group: config.GroupService, Usage: "key of Cloud KMS that the image is encrypted with",
		Family: config.Family{Clear: []string{"clear-key"}},
		Set:    word(func(o *Options) *string { return &o.EncryptionKey }, config.Matching(`projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+`, "projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY", ""))},
	{Name: "post_key_revocation_action_type", Flag: "post-key-revocation-action-type", Group: config.GroupService, Usage: "what happens when that key is revoked: prevent-new or shut-down",
		Family: config.Family{Clear: []string{"clear-post-key-revocation-action-type"}},
		Set:    word(func(o *Options) *string { return &o.PostKeyRevocationActionType }, config.OneOf(preventNew, shutDown))},
	{Name: "encryption_key_shutdown_hours", Flag: "encryption-key-shutdown-hours", Group: config.GroupService, Usage: "hours after which it shuts down then",
		Family: config.Family{Clear: []string{"clear-encryption-key-shutdown-hours"}},
		Set:    config.SetInt(func(s *Settings) *int { return &s.EncryptionKeyShutdownHours }, 1, 100_000)},
	{Name: "binary_authorization", Flag: "binary-authorization", Group: config.GroupService, Usage: "default, or the policy of Binary Authorization that the image must pass",
		Family: config.Family{Clear: []string{"clear-binary-authorization"}},
		Set:    word(func(o *Options) *string { return &o.BinaryAuthorization }, config.Matching(`default|projects/[^/]+/platforms/cloudRun/policies/[^/]+`, "default, or projects/PROJECT/platforms/cloudRun/policies/POLICY", ""))},
	{Name: "breakglass", Flag: "breakglass", Group: config.GroupService, Usage: "why the image is released although it does not pass",
		Set: word(func(o *Options) *string { return &o.Breakglass }, config.AnyText)},
}

// The words of keys that have a choice.
const (
	auto                                  = "auto"
	gen1, gen2                            = "gen1", "gen2"
	ingressAll, ingressInternal           = "all", "internal"
	ingressBalanced                       = "internal-and-cloud-load-balancing"
	egressAll, egressPrivate              = "all-traffic", "private-ranges-only"
	preventNew, shutDown                  = "prevent-new", "shut-down"
	volumeBucket, volumeNFS, volumeMemory = "cloud-storage", "nfs", "in-memory"
	defaultPolicy                         = "default"
	mostInstances                         = 10_000
)

func truth(to func(*Options) **bool) config.Setter {
	return config.SetOptionalBool(func(s *Settings) **bool { return to(&s.Options) })
}

func word(to func(*Options) *string, ok config.Check) config.Setter {
	return config.SetText(func(s *Settings) *string { return to(&s.Options) }, ok)
}

func count(to func(*Options) **int, least int) config.Setter {
	return config.SetOptionalInt(func(s *Settings) **int { return to(&s.Options) }, least, mostInstances)
}
