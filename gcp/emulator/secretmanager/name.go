package secretmanager

import (
	"regexp"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var (
	projectID = regexp.MustCompile(`^[a-z0-9]([-a-z0-9:]{0,61}[a-z0-9])?$`)
	// Source: the proto's comment on CreateSecretRequest.secret_id.
	secretID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
)

// name is projects/P/secrets/S/versions/V, as far as it goes; version is a
// number from 1 or 0 for latest.
type name struct {
	project, secret string
	version         int
}

func (n name) parent() string { return "projects/" + n.project + "/secrets/" + n.secret }

func (n name) String() string { return n.parent() + "/versions/" + strconv.Itoa(n.version) }

func parseProject(s string) (name, error) {
	p, ok := strings.CutPrefix(s, "projects/")
	if strings.Contains(p, "/locations/") {
		return name{}, status.Error(codes.Unimplemented, "regional secrets are not emulated")
	}
	if !ok || !projectID.MatchString(p) {
		return name{}, invalid("Invalid resource field value in the request: %.200q is not projects/*", s)
	}
	return name{project: p}, nil
}

func parseSecret(s string) (name, error) {
	parent, secret, _ := strings.Cut(s, "/secrets/")
	n, err := parseProject(parent)
	if err != nil {
		return n, err
	}
	if !secretID.MatchString(secret) {
		return n, invalid("Invalid resource field value in the request: %.200q is not projects/*/secrets/*", s)
	}
	n.secret = secret
	return n, nil
}

func parseVersion(s string) (name, error) {
	parent, version, _ := strings.Cut(s, "/versions/")
	n, err := parseSecret(parent)
	if err != nil || version == "latest" {
		return n, err
	}
	n.version, err = strconv.Atoi(version)
	if err != nil || n.version < 1 || strconv.Itoa(n.version) != version {
		return n, invalid("Invalid resource field value in the request: %.200q is not projects/*/secrets/*/versions/*", s)
	}
	return n, nil
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}
