package knative

import (
	"encoding/json"
	"fmt"
	"strconv"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/genproto/googleapis/api"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

const annCreator = "serving.knative.dev/creator"

// serviceRows are the annotations of a service.
var serviceRows = []row[*runpb.Service]{
	text("run.googleapis.com/description", func(s *runpb.Service) *string { return &s.Description }),
	text("run.googleapis.com/client-name", func(s *runpb.Service) *string { return &s.Client }),
	text("run.googleapis.com/client-version", func(s *runpb.Service) *string { return &s.ClientVersion }),
	word("run.googleapis.com/ingress", ingress, func(s *runpb.Service) *runpb.IngressTraffic { return &s.Ingress }),
	said("run.googleapis.com/ingress-status", word("", ingress, func(s *runpb.Service) *runpb.IngressTraffic { return &s.Ingress }).get),
	word("run.googleapis.com/launch-stage", map[string]api.LaunchStage{"": api.LaunchStage_GA, "GA": api.LaunchStage_LAUNCH_STAGE_UNSPECIFIED,
		"BETA": api.LaunchStage_BETA, "ALPHA": api.LaunchStage_ALPHA}, func(s *runpb.Service) *api.LaunchStage { return &s.LaunchStage }),
	flag("run.googleapis.com/invoker-iam-disabled", false, func(s *runpb.Service) *bool { return &s.InvokerIamDisabled }),
	flag("run.googleapis.com/default-url-disabled", false, func(s *runpb.Service) *bool { return &s.DefaultUriDisabled }),
	flag("run.googleapis.com/iap-enabled", false, func(s *runpb.Service) *bool { return &s.IapEnabled }),
	list("run.googleapis.com/custom-audiences", func(s *runpb.Service) *[]string { return &s.CustomAudiences }),
	count("run.googleapis.com/minScale", func(s *runpb.Service) *int32 { return &scaling(s).MinInstanceCount }),
	count("run.googleapis.com/maxScale", func(s *runpb.Service) *int32 { return &scaling(s).MaxInstanceCount }),
	word("run.googleapis.com/scalingMode", map[string]runpb.ServiceScaling_ScalingMode{"automatic": runpb.ServiceScaling_AUTOMATIC, "manual": runpb.ServiceScaling_MANUAL},
		func(s *runpb.Service) *runpb.ServiceScaling_ScalingMode { return &scaling(s).ScalingMode }),
	{"run.googleapis.com/manualInstanceCount", func(s *runpb.Service) string {
		if scaling(s).ManualInstanceCount == nil {
			return ""
		}
		return decimal(*scaling(s).ManualInstanceCount)
	}, func(s *runpb.Service, v string) error {
		scaling(s).ManualInstanceCount = nil
		if v == "" {
			return nil
		}
		n, err := parse(v)
		scaling(s).ManualInstanceCount = &n
		return err
	}},
	{"run.googleapis.com/binary-authorization", func(s *runpb.Service) string {
		if s.GetBinaryAuthorization().GetUseDefault() {
			return "default"
		}
		return s.GetBinaryAuthorization().GetPolicy()
	}, func(s *runpb.Service, v string) error {
		switch b := binary(s); v {
		case "":
			b.BinauthzMethod = nil
		case "default":
			b.BinauthzMethod = &runpb.BinaryAuthorization_UseDefault{UseDefault: true}
		default:
			b.BinauthzMethod = &runpb.BinaryAuthorization_Policy{Policy: v}
		}
		return nil
	}},
	text("run.googleapis.com/binary-authorization-breakglass", func(s *runpb.Service) *string { return &binary(s).BreakglassJustification }),
	said("run.googleapis.com/urls", list("", func(s *runpb.Service) *[]string { return &s.Urls }).get),
	said[*runpb.Service](annOperation, nil), // of the call that began it
	said(annCreator, (*runpb.Service).GetCreator),
	said("serving.knative.dev/lastModifier", (*runpb.Service).GetLastModifier),
}

// templateRows are the annotations of a template, and of a revision.
var templateRows = []row[*runpb.RevisionTemplate]{
	said[*runpb.RevisionTemplate]("run.googleapis.com/client-name", nil),
	said[*runpb.RevisionTemplate]("run.googleapis.com/client-version", nil),
	count("autoscaling.knative.dev/minScale", func(t *runpb.RevisionTemplate) *int32 { return &limits(t).MinInstanceCount }),
	count("autoscaling.knative.dev/maxScale", func(t *runpb.RevisionTemplate) *int32 { return &limits(t).MaxInstanceCount }),
	flag("run.googleapis.com/cpu-throttling", true, func(t *runpb.RevisionTemplate) *bool { return &resources(t).CpuIdle }),
	flag("run.googleapis.com/startup-cpu-boost", false, func(t *runpb.RevisionTemplate) *bool { return &resources(t).StartupCpuBoost }),
	flag("run.googleapis.com/sessionAffinity", false, func(t *runpb.RevisionTemplate) *bool { return &t.SessionAffinity }),
	flag("run.googleapis.com/health-check-disabled", false, func(t *runpb.RevisionTemplate) *bool { return &t.HealthCheckDisabled }),
	word("run.googleapis.com/execution-environment", map[string]runpb.ExecutionEnvironment{
		"gen1": runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN1, "gen2": runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN2,
	}, func(t *runpb.RevisionTemplate) *runpb.ExecutionEnvironment { return &t.ExecutionEnvironment }),
	{"run.googleapis.com/cloudsql-instances", databases, setDatabases},
	{"run.googleapis.com/container-dependencies", dependencies, setDependencies},
	{"run.googleapis.com/gpu-zonal-redundancy-disabled", func(t *runpb.RevisionTemplate) string {
		if t.GpuZonalRedundancyDisabled == nil {
			return ""
		}
		return strconv.FormatBool(t.GetGpuZonalRedundancyDisabled())
	}, func(t *runpb.RevisionTemplate, v string) error {
		t.GpuZonalRedundancyDisabled = nil
		if v == "" {
			return nil
		}
		off, err := strconv.ParseBool(v)
		t.GpuZonalRedundancyDisabled = &off
		return err
	}},
	text("run.googleapis.com/mesh", func(t *runpb.RevisionTemplate) *string { return &mesh(t).Mesh }),
	word("run.googleapis.com/post-key-revocation-action-type", map[string]runpb.EncryptionKeyRevocationAction{
		"shut-down": runpb.EncryptionKeyRevocationAction_SHUTDOWN, "prevent-new": runpb.EncryptionKeyRevocationAction_PREVENT_NEW,
	}, func(t *runpb.RevisionTemplate) *runpb.EncryptionKeyRevocationAction {
		return &t.EncryptionKeyRevocationAction
	}),
	{"run.googleapis.com/encryption-key-shutdown-hours", shutdownHours, func(t *runpb.RevisionTemplate, v string) error {
		if v == shutdownHours(t) {
			return nil
		}
		t.EncryptionKeyShutdownDuration = nil
		if v == "" {
			return nil
		}
		n, err := parse(v)
		t.EncryptionKeyShutdownDuration = &durationpb.Duration{Seconds: int64(n) * 3600}
		return err
	}},
	text("run.googleapis.com/encryption-key", func(t *runpb.RevisionTemplate) *string { return &t.EncryptionKey }),
	text("run.googleapis.com/vpc-access-connector", func(t *runpb.RevisionTemplate) *string { return &vpc(t).Connector }),
	word("run.googleapis.com/vpc-access-egress", map[string]runpb.VpcAccess_VpcEgress{
		"all-traffic": runpb.VpcAccess_ALL_TRAFFIC, "private-ranges-only": runpb.VpcAccess_PRIVATE_RANGES_ONLY,
	}, func(t *runpb.RevisionTemplate) *runpb.VpcAccess_VpcEgress { return &vpc(t).Egress }),
	{"run.googleapis.com/network-interfaces", func(t *runpb.RevisionTemplate) string {
		var all []networkInterface
		for _, n := range t.GetVpcAccess().GetNetworkInterfaces() {
			all = append(all, networkInterface{n.GetNetwork(), n.GetSubnetwork(), n.GetTags()})
		}
		return asJSON(all, len(all))
	}, func(t *runpb.RevisionTemplate, v string) error {
		var all []networkInterface
		vpc(t).NetworkInterfaces = nil
		if v == "" {
			return nil
		}
		err := json.Unmarshal([]byte(v), &all)
		for _, n := range all {
			vpc(t).NetworkInterfaces = append(vpc(t).NetworkInterfaces, &runpb.VpcAccess_NetworkInterface{Network: n.Network, Subnetwork: n.Subnetwork, Tags: n.Tags})
		}
		return err
	}},
}

var ingress = map[string]runpb.IngressTraffic{
	"all": runpb.IngressTraffic_INGRESS_TRAFFIC_ALL, "internal": runpb.IngressTraffic_INGRESS_TRAFFIC_INTERNAL_ONLY,
	"internal-and-cloud-load-balancing": runpb.IngressTraffic_INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER, "none": runpb.IngressTraffic_INGRESS_TRAFFIC_NONE,
}

// shutdownHours is after how many hours without its key a revision ends; "" where that is
// not said, or not in hours.
func shutdownHours(t *runpb.RevisionTemplate) string {
	d := t.GetEncryptionKeyShutdownDuration()
	if d == nil || d.GetNanos() != 0 || d.GetSeconds()%3600 != 0 {
		return ""
	}
	return strconv.FormatInt(d.GetSeconds()/3600, 10)
}

// dependencies are those of all containers by their names, as JSON.
func dependencies(t *runpb.RevisionTemplate) string {
	all := map[string][]string{}
	for _, c := range t.GetContainers() {
		if on := c.GetDependsOn(); len(on) > 0 {
			all[c.GetName()] = on
		}
	}
	return asJSON(all, len(all))
}

func setDependencies(t *runpb.RevisionTemplate, v string) error {
	all := map[string][]string{}
	if v != "" {
		if err := json.Unmarshal([]byte(v), &all); err != nil {
			return err
		}
	}
	for _, c := range t.GetContainers() {
		c.DependsOn = all[c.GetName()]
		delete(all, c.GetName())
	}
	for name := range all {
		return fmt.Errorf("%q is no container", name)
	}
	return nil
}

type networkInterface struct {
	Network    string   `json:"network,omitempty"`
	Subnetwork string   `json:"subnetwork,omitempty"`
	Tags       []string `json:"tags,omitempty"`
}

// The messages that rows are fields of, made where there are none: the caller
// has a copy of its own, and drops those that stay empty.

func scaling(s *runpb.Service) *runpb.ServiceScaling          { return made(&s.Scaling) }
func binary(s *runpb.Service) *runpb.BinaryAuthorization      { return made(&s.BinaryAuthorization) }
func limits(t *runpb.RevisionTemplate) *runpb.RevisionScaling { return made(&t.Scaling) }
func vpc(t *runpb.RevisionTemplate) *runpb.VpcAccess          { return made(&t.VpcAccess) }
func mesh(t *runpb.RevisionTemplate) *runpb.ServiceMesh       { return made(&t.ServiceMesh) }
func resources(t *runpb.RevisionTemplate) *runpb.ResourceRequirements {
	if len(t.Containers) == 0 {
		return &runpb.ResourceRequirements{CpuIdle: true}
	}
	return made(&t.Containers[0].Resources)
}

func made[T any](at **T) *T {
	if *at == nil {
		*at = new(T)
	}
	return *at
}

// drop takes out a message that says nothing.
func drop[T any, M interface {
	*T
	proto.Message
}](at *M) {
	if *at != nil && proto.Size(*at) == 0 {
		*at = nil
	}
}
