package pubsub

import (
	"regexp"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	topics        = "topics"
	subscriptions = "subscriptions"
	deletedTopic  = "_deleted-topic_" // that subscriptions have whose topic is gone
)

var (
	fullName = regexp.MustCompile(`^projects/([a-z0-9][-a-z0-9:.]*)/(topics|subscriptions)/([^/]+)$`)
	// Source: the proto's comment on Topic.name and Subscription.name.
	isID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][-A-Za-z0-9_.~+%]{2,254}$`) })
)

// name is projects/P/topics/T, or of a subscription.
type name struct{ project, kind, id string }

func (n name) String() string { return "projects/" + n.project + "/" + n.kind + "/" + n.id }

func parse(s string) (name, error) {
	m := fullName.FindStringSubmatch(s)
	if m == nil || !isID().MatchString(m[3]) || strings.HasPrefix(m[3], "goog") {
		return name{}, status.Errorf(codes.InvalidArgument, "Invalid resource name given (name=%.300s). Refer to https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names for more information.", s)
	}
	return name{m[1], m[2], m[3]}, nil
}

// parseKind takes the name of a topic, or of a subscription.
func parseKind(s, kind string) (name, error) {
	n, err := parse(s)
	if err == nil && n.kind != kind {
		_, err = parse("")
	}
	return n, err
}

func parseProject(s string) (string, error) {
	p, ok := strings.CutPrefix(s, "projects/")
	if !ok || p == "" || strings.Contains(p, "/") {
		return "", status.Errorf(codes.InvalidArgument, "Invalid project name given (project=%.300s).", s)
	}
	return p, nil
}

func notFound(n name) error {
	return status.Errorf(codes.NotFound, "Resource not found (resource=%s).", n.id)
}

func exists(n name) error {
	return status.Errorf(codes.AlreadyExists, "Resource already exists in the project (resource=%s).", n.id)
}
