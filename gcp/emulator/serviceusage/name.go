package serviceusage

import (
	"regexp"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

var (
	serviceName = regexp.MustCompile(`^(projects/[a-z0-9][a-z0-9:.-]*)/services/([a-z0-9.-]+)$`)
	parentName  = regexp.MustCompile(`^projects/[a-z0-9][a-z0-9:.-]*$`)
)

// parse takes the name of a project's service apart.
func parse(name string) (number, api string, err error) {
	m := serviceName.FindStringSubmatch(name)
	if m == nil {
		return "", "", status.Errorf(codes.InvalidArgument, "Invalid name %.200q: it must be projects/{project}/services/{service}.", name)
	}
	if number, err = parseParent(m[1]); err == nil {
		err = known(m[2])
	}
	return number, m[2], err
}

func parseParent(parent string) (number string, err error) {
	if !parentName.MatchString(parent) {
		return "", status.Errorf(codes.InvalidArgument, "Invalid parent %.200q: it must be projects/{project}.", parent)
	}
	return frame.ProjectNumber(strings.TrimPrefix(parent, "projects/")), nil
}

// known refuses services that do not exist as Google does, which does not tell
// whether they do.
func known(apis ...string) error {
	missing := slices.DeleteFunc(slices.Clone(apis), func(api string) bool { _, ok := catalogue[api]; return ok })
	if len(missing) == 0 {
		return nil
	}
	return with(status.New(codes.PermissionDenied, "Not found or permission denied for service(s): "+strings.Join(missing, ", ")+"."),
		&errdetails.ErrorInfo{Reason: "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED", Domain: "serviceusage.googleapis.com",
			Metadata: map[string]string{"services": strings.Join(missing, ", ")}})
}

// with is a status with details, as an error.
func with(st *status.Status, details ...protoadapt.MessageV1) error {
	full, err := st.WithDetails(details...)
	if err != nil {
		return st.Err()
	}
	return full.Err()
}
