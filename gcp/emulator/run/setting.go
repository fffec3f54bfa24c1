package run

import (
	"regexp"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/genproto/googleapis/api"
)

// Forms of the names of what a service may be given (the protos' comments).
var (
	connectorName = regexp.MustCompile(`^(projects/[^/]+/locations/[^/]+/connectors/)?[a-z][-a-z0-9]*$`)
	keyName       = regexp.MustCompile(`^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$`)
	policyName    = regexp.MustCompile(`^projects/[^/]+/platforms/cloudRun/(policies/)?[^/]+$`)
	meshName      = regexp.MustCompile(`^projects/[^/]+/locations/global/meshes/[^/]+$`)
)

// validateSettings checks what a service has beside its template and its traffic.
func validateSettings(svc *runpb.Service) error {
	switch svc.GetLaunchStage() {
	case api.LaunchStage_LAUNCH_STAGE_UNSPECIFIED, api.LaunchStage_ALPHA, api.LaunchStage_BETA, api.LaunchStage_GA:
	default:
		return invalid("service.launch_stage", "%s is not supported; use ALPHA, BETA or GA", svc.GetLaunchStage())
	}
	if b := svc.GetBinaryAuthorization(); b != nil {
		switch {
		case b.GetPolicy() != "" && !policyName.MatchString(b.GetPolicy()):
			return invalid("service.binary_authorization.policy", "%q must have the form projects/{project}/platforms/cloudRun/{policy-name}", b.GetPolicy())
		case b.GetBreakglassJustification() != "" && !b.GetUseDefault():
			return invalid("service.binary_authorization.breakglass_justification", "must be empty unless use_default is true")
		}
	}
	seen := map[string]bool{}
	for _, a := range svc.GetCustomAudiences() {
		if a == "" || seen[a] {
			return invalid("service.custom_audiences", "%q is empty or given twice", a)
		}
		seen[a] = true
	}
	const field = "service.scaling"
	s := svc.GetScaling()
	lo, hi, manual := s.GetMinInstanceCount(), s.GetMaxInstanceCount(), s.GetScalingMode() == runpb.ServiceScaling_MANUAL
	switch {
	case lo < 0 || hi < 0 || hi > 0 && lo > hi:
		return invalid(field, "min_instance_count %d and max_instance_count %d do not fit", lo, hi)
	case manual && s.ManualInstanceCount == nil:
		return invalid(field+".manual_instance_count", "is required with the scaling mode MANUAL")
	case !manual && s.GetManualInstanceCount() != 0:
		return invalid(field+".manual_instance_count", "is for the scaling mode MANUAL only")
	case s.GetManualInstanceCount() < 0:
		return invalid(field+".manual_instance_count", "must not be negative")
	}
	return nil
}

// validateNetwork checks how a revision reaches a network.
func validateNetwork(field string, v *runpb.VpcAccess) error {
	switch {
	case v == nil:
		return nil
	case v.GetConnector() != "" && len(v.GetNetworkInterfaces()) > 0:
		return invalid(field, "connector and network_interfaces exclude each other")
	case v.GetConnector() != "" && !connectorName.MatchString(v.GetConnector()):
		return invalid(field+".connector", "%q must have the form projects/{project}/locations/{location}/connectors/{connector}", v.GetConnector())
	case len(v.GetNetworkInterfaces()) > 1:
		return invalid(field+".network_interfaces", "only one network interface is supported")
	case v.GetConnector() == "" && len(v.GetNetworkInterfaces()) == 0:
		return invalid(field, "a connector or a network interface is required")
	}
	for _, n := range v.GetNetworkInterfaces() {
		if n.GetNetwork() == "" && n.GetSubnetwork() == "" {
			return invalid(field+".network_interfaces", "at least one of network and subnetwork is required")
		}
	}
	return nil
}

// validateKey checks the key that a revision is encrypted with.
func validateKey(field string, t *runpb.RevisionTemplate) error {
	shutdown := t.GetEncryptionKeyRevocationAction() == runpb.EncryptionKeyRevocationAction_SHUTDOWN
	d := t.GetEncryptionKeyShutdownDuration()
	switch {
	case t.GetEncryptionKey() != "" && !keyName.MatchString(t.GetEncryptionKey()):
		return invalid(field+".encryption_key", "%q must have the form projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}", t.GetEncryptionKey())
	case t.GetEncryptionKeyRevocationAction() != 0 && t.GetEncryptionKey() == "":
		return invalid(field+".encryption_key_revocation_action", "is for a revision with encryption_key only")
	case d != nil && !shutdown:
		return invalid(field+".encryption_key_shutdown_duration", "is for the revocation action SHUTDOWN only")
	case d != nil && (!d.IsValid() || d.AsDuration() < time.Hour || d.AsDuration()%time.Hour != 0):
		return invalid(field+".encryption_key_shutdown_duration", "must be hours, one at least")
	}
	return nil
}

// validateGPU checks a revision with a GPU (cloud.google.com/run/docs/configuring/services/gpu).
func validateGPU(field string, t *runpb.RevisionTemplate) error {
	gpus, limits := 0, map[string]string{}
	for _, c := range t.GetContainers() {
		if c.GetResources().GetLimits()[gpu] != "" {
			gpus, limits = gpus+1, c.GetResources().GetLimits()
		}
	}
	cpu, _ := parseQuantity(limits["cpu"])
	memory, _ := parseQuantity(limits["memory"])
	switch {
	case gpus == 0 && t.GetNodeSelector() == nil && t.GpuZonalRedundancyDisabled == nil:
		return nil
	case gpus == 0:
		return invalid(field+".node_selector", "is for a revision with the limit %s only", gpu)
	case t.GetNodeSelector().GetAccelerator() == "":
		return invalid(field+".node_selector.accelerator", "is required with the limit %s", gpu)
	case gpus > 1 || limits[gpu] != "1":
		return invalid(field+".containers", "only one GPU is supported")
	case cpu < 4 || memory < 16<<30:
		return invalid(field+".containers", "a GPU needs at least 4 CPU and 16Gi of memory")
	case t.GetExecutionEnvironment() == runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN1:
		return invalid(field+".execution_environment", "GPUs are not supported in the gen1 execution environment")
	}
	return nil
}
