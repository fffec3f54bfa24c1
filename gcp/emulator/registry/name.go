package registry

import (
	"net/url"
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// What names may be. A project "projects" would hide Google's API, whose paths
// are /v2/projects/… too.
var (
	projectName    = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
	locationName   = regexp.MustCompile(`^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
	repositoryName = regexp.MustCompile(`^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
	packageName    = regexp.MustCompile(`^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$`)
	tagName        = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
	digestName     = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// name is a resource name of the API taken apart; absent parts are empty.
type name struct {
	project, location, repository, pkg, version, tag, image string
}

// kinds are the collections, in the order they nest, and the rule of each.
var kinds = []struct {
	collection string
	rule       *regexp.Regexp
	field      func(*name) *string
}{
	{"projects", projectName, func(n *name) *string { return &n.project }},
	{"locations", locationName, func(n *name) *string { return &n.location }},
	{"repositories", repositoryName, func(n *name) *string { return &n.repository }},
	{"packages", packageName, func(n *name) *string { return &n.pkg }},
	{"versions", digestName, func(n *name) *string { return &n.version }},
	{"tags", tagName, func(n *name) *string { return &n.tag }},
	{"dockerImages", nil, func(n *name) *string { return &n.image }},
}

// parse takes a resource name apart, which must be of exactly these collections.
// A package's slashes are escaped in it.
func parse(text string, collections ...string) (name, error) {
	var n name
	parts := strings.Split(text, "/")
	bad := status.Errorf(codes.InvalidArgument, "Invalid resource name %.200q.", text)
	if len(parts) != 2*len(collections) {
		return n, bad
	}
	for i, c := range collections {
		for _, k := range kinds {
			if k.collection != c {
				continue
			}
			value := parts[2*i+1]
			if c == "packages" || c == "dockerImages" {
				var err error
				if value, err = url.PathUnescape(value); err != nil {
					return n, bad
				}
			}
			if parts[2*i] != c || k.rule != nil && !k.rule.MatchString(value) {
				return n, bad
			}
			*k.field(&n) = value
		}
	}
	if n.image != "" {
		pkg, digest, ok := strings.Cut(n.image, "@")
		if !ok || !packageName.MatchString(pkg) || !digestName.MatchString(digest) {
			return n, status.Errorf(codes.InvalidArgument, "Invalid docker image name %.200q: it must be PACKAGE@sha256:DIGEST.", text)
		}
		n.pkg, n.version = pkg, digest
	}
	if n.project == "projects" {
		return n, bad
	}
	return n, nil
}

// The parents by collections, for parse.
var (
	locationIs   = []string{"projects", "locations"}
	repositoryIs = []string{"projects", "locations", "repositories"}
	packageIs    = []string{"projects", "locations", "repositories", "packages"}
	versionIs    = []string{"projects", "locations", "repositories", "packages", "versions"}
	tagIs        = []string{"projects", "locations", "repositories", "packages", "tags"}
	imageIs      = []string{"projects", "locations", "repositories", "dockerImages"}
)

func (n name) repoName() string {
	return "projects/" + n.project + "/locations/" + n.location + "/repositories/" + n.repository
}

func (n name) pkgName() string     { return n.repoName() + "/packages/" + url.PathEscape(n.pkg) }
func (n name) versionName() string { return n.pkgName() + "/versions/" + n.version }
func (n name) tagName() string     { return n.pkgName() + "/tags/" + n.tag }

// host is the one that the location's images are named with. Builds find it here.
func (n name) host() string { return n.location + "-docker.pkg.dev" }

// oci is the package's name in the OCI registry.
func (n name) oci() string { return n.project + "/" + n.repository + "/" + n.pkg }
