package run

import (
	"regexp"
	"strings"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run/check"
)

var (
	// [host[:port]/]path, then :tag, @digest or both; without a host it is Docker Hub's.
	imageRef = regexp.MustCompile(`^([a-zA-Z0-9][-a-zA-Z0-9.]*(:[0-9]+)?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][-A-Za-z0-9_.]{0,127})?(@sha256:[0-9a-f]{64})?$`)
)

// validate refuses what Cloud Run refuses in a service as the user wants it;
// id is its short name.
func validate(id string, svc *runpb.Service) error {
	if !serviceID.MatchString(id) || len(id) >= 50 {
		return invalid("service.name", "service id %q must use only lowercase letters, digits and hyphens, begin with a letter, not end with a hyphen, and have fewer than 50 characters", id)
	}
	if len(svc.GetDescription()) > 512 {
		return invalid("service.description", "must have at most 512 characters")
	}
	if err := check.Meta("service", svc.GetLabels(), svc.GetAnnotations()); err != nil {
		return err
	}
	if err := validateTemplate(id, svc.GetTemplate()); err != nil {
		return err
	}
	if err := validateSettings(svc); err != nil {
		return err
	}
	if svc.GetMultiRegionSettings() != nil || svc.GetBuildConfig() != nil {
		return status.Error(codes.Unimplemented, "multi-region services and source builds are not emulated")
	}
	return validateTraffic(id, svc.GetTraffic())
}

// validateTemplate checks the revision to be.
func validateTemplate(id string, t *runpb.RevisionTemplate) error {
	if t == nil {
		return invalid("service.template", "is required")
	}
	if r := t.GetRevision(); r != "" && (!strings.HasPrefix(r, id+"-") || !serviceID.MatchString(r) || len(r) > 63) {
		return invalid("service.template.revision", "revision name %q must start with %q, use only lowercase letters, digits and hyphens, and have at most 63 characters", r, id+"-")
	}
	if err := check.Meta("service.template", t.GetLabels(), t.GetAnnotations()); err != nil {
		return err
	}
	if d := t.GetTimeout(); d != nil && (!d.IsValid() || d.AsDuration() < time.Second || d.AsDuration() > time.Hour) {
		return invalid("service.template.timeout", "must be between 1s and 3600s")
	}
	if n := t.GetMaxInstanceRequestConcurrency(); n < 0 || n > 1000 {
		return invalid("service.template.max_instance_request_concurrency", "must be between 0 and 1000")
	}
	lo, hi := t.GetScaling().GetMinInstanceCount(), t.GetScaling().GetMaxInstanceCount()
	if lo < 0 || hi < 0 || (hi > 0 && lo > hi) {
		return invalid("service.template.scaling", "min_instance_count %d and max_instance_count %d do not fit", lo, hi)
	}
	for _, err := range []error{
		validateContainers("service.template.containers", t), validateVolumes("service.template", t), validateNetwork("service.template.vpc_access", t.GetVpcAccess()),
		validateKey("service.template", t), validateGPU("service.template", t),
	} {
		if err != nil {
			return err
		}
	}
	if m := t.GetServiceMesh().GetMesh(); t.GetServiceMesh() != nil && !meshName.MatchString(m) {
		return invalid("service.template.service_mesh.mesh", "%q must have the form projects/{project}/locations/global/meshes/{mesh}", m)
	}
	return validateEnvironment(t)
}

// validateContainer checks one container of a template, the one that requests go to or
// another.
func validateContainer(field string, c *runpb.Container, ingress bool, concurrency int32) error {
	image := c.GetImage()
	switch {
	case image == "":
		return invalid(field+".image", "is required")
	case !imageRef.MatchString(image):
		return invalid(field+".image", "expected a container image path with registry, repository and tag or digest, not %q", image)
	case !strings.Contains(image, "@") && !strings.Contains(short(image), ":"):
		return invalid(field+".image", "%q has neither a tag nor a digest", image)
	}
	if c.GetSourceCode() != nil || c.GetBaseImageUri() != "" {
		return status.Error(codes.Unimplemented, "source deployments are not emulated")
	}
	if len(c.GetPorts()) > 1 {
		return invalid(field+".ports", "at most one port may be given")
	}
	for _, p := range c.GetPorts() {
		if p.GetContainerPort() < 0 || p.GetContainerPort() > 65535 {
			return invalid(field+".ports[0].container_port", "%d must be between 1 and 65535", p.GetContainerPort())
		}
		if n := p.GetName(); n != "" && n != "http1" && n != "h2c" {
			return invalid(field+".ports[0].name", "%q must be http1 or h2c", n)
		}
	}
	if err := check.Env(field+".env", c.GetEnv(), reserved); err != nil {
		return err
	}
	if err := validateProbes(field, c, ingress); err != nil {
		return err
	}
	return validateLimits(field+".resources.limits", c.GetResources().GetLimits(), concurrency)
}

// reserved says whether the system sets a variable.
func reserved(name string) bool {
	return name == "PORT" || strings.HasPrefix(name, "K_") || strings.HasPrefix(name, "X_GOOGLE_")
}
