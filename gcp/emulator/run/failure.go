package run

import (
	"errors"
	"fmt"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

const codeAborted = codes.Aborted

// failure is why a revision cannot serve, in the API's terms. Message is
// Google's text; Detail is for our log.
type failure struct {
	Code           codes.Code                     `json:"code"`
	Reason         runpb.Condition_CommonReason   `json:"reason,omitempty"`
	RevisionReason runpb.Condition_RevisionReason `json:"revision_reason,omitempty"`
	Condition      string                         `json:"condition"`
	Message        string                         `json:"message"`
	Detail         string                         `json:"detail,omitempty"`
}

// Error makes a failure an error.
func (f *failure) Error() string { return f.Message }

// Details is what the container's log says of it.
func (f *failure) Details() string { return f.Detail }

// start brings the revision's container up.
func (r *revision) start() *failure {
	if r.template.GetHealthCheckDisabled() { // its first request starts it, and nobody looks
		r.inst.Want()
		return nil
	}
	switch f, err := (*failure)(nil), r.inst.Start(r.svc.srv.host.Context()); {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return f
	default:
		return internal(r, "starting the container", err)
	}
}

// Exited implements container.Maker.
func (r *revision) Exited(code int) error {
	return r.Unready(fmt.Sprintf("The container exited with code %d before it listened on port %d.", code, r.Terms().Port))
}

// Unready implements container.Maker.
func (r *revision) Unready(detail string) error { return unhealthy(r, r.Terms().Port, detail) }

// Failed implements container.Maker.
func (r *revision) Failed(doing string, err error) error { return internal(r, doing, err) }

func notReady(r *revision, format string, args ...any) string {
	return fmt.Sprintf("Revision '%s' is not ready and cannot serve traffic. ", r.id()) + fmt.Sprintf(format, args...)
}

// unhealthy is a container that does not listen.
func unhealthy(r *revision, port int, detail string) *failure {
	f := &failure{Code: codes.FailedPrecondition, RevisionReason: runpb.Condition_HEALTH_CHECK_CONTAINER_ERROR, Condition: "ContainerHealthy", Detail: detail}
	if !isStandard(ingressOf(r.template)) {
		f.Message = notReady(r, "The user-provided container failed the configured startup probe checks. Logs for this revision might contain more information.\n\nLogs URL: %s", r.pb.GetLogUri())
		return f
	}
	f.Message = notReady(r, "The user-provided container failed to start and listen on the port defined provided by the PORT=%d environment variable within the allocated timeout. "+
		"This can happen when the container port is misconfigured or if the timeout is too short. The health check timeout can be extended. "+
		"Logs for this revision might contain more information.\n\nLogs URL: %s \n"+
		"For more troubleshooting guidance, see https://cloud.google.com/run/docs/troubleshooting#container-failed-to-start", port, r.pb.GetLogUri())
	return f
}

// imageFailure is an image that cannot be had.
func imageFailure(r *revision, image string, err error) *failure {
	f := &failure{Code: codes.NotFound, Reason: runpb.Condition_CONTAINER_MISSING, Condition: "ContainerReady", Detail: err.Error(),
		Message: notReady(r, "Image '%s' not found.", image)}
	switch errs.KindOf(err) {
	case errs.NotFound:
	case errs.Auth:
		f.Code, f.Reason = codes.PermissionDenied, runpb.Condition_CONTAINER_IMAGE_UNAUTHORIZED
		f.Message = notReady(r, "The service has no permission to read the image, %s.", image)
	default:
		return internal(r, "pulling the image", err)
	}
	return f
}

// secretFailure is a secret, projects/NUMBER/secrets/S/versions/V, that cannot be read.
func secretFailure(r *revision, secret string) *failure {
	return &failure{Code: codes.FailedPrecondition, Reason: runpb.Condition_SECRETS_ACCESS_CHECK_FAILED, Condition: "ContainerReady",
		Message: notReady(r, "Permission denied on secret: %s for Revision service account %s. The service account used must be granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or higher level.", secret, r.pb.GetServiceAccount())}
}

// internal is a fault of ours or of Docker's.
func internal(r *revision, doing string, err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	return &failure{Code: codes.Internal, Reason: runpb.Condition_INTERNAL, Condition: "ContainerReady", Detail: err.Error(),
		Message: notReady(r, "The emulator failed in %s: %v", doing, err)}
}
