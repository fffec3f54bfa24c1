// Package frame is what an emulated service and the server around it know of
// each other: what a service finds when it is opened, and what it gives to be
// served. It knows no service; gcp/emulator has the table of all.
package frame

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// TokenUser is the user name Google's registries want with an access token.
const TokenUser = "oauth2accesstoken"

// Frame is what a service finds. Fields that say nothing of nil are never empty.
type Frame struct {
	Dir     string // for the service's state, its own
	Addr    string // host:port of the port that all services share
	Token   string // the owner's: what a call must carry that may do everything
	Tokens  Tokens // those of other identities
	StateID string // the value of docker.Label on what is made in Docker
	Now     func() time.Time
	At      func(time.Time) <-chan time.Time // tells when the clock shows a time; nil: the system's
	Log     *slog.Logger

	Docker        *docker.Client  // nil: there is none
	DockerCommand string          // the docker client that can build; "" = none
	Containers    Containers      // what services run on; nil: there is none
	Executor      worker.Executor // runs the steps of builds; nil: the real one

	Projects Projects // what projects are like
	Allow    Allow    // decides on a call that is no gRPC, which the server around decides on itself

	Beside []Service // those that are open already
}

// URL is where all services are, with a slash at its end.
func (f Frame) URL() string { return "http://" + f.Addr + "/" }

// Service is what is done with a service. It leaves out what it has none of.
type Service struct {
	Server any      // what Find finds: for the services beside it, and for tests
	APIs   []string // what it serves, by gcloud's names

	Register  func(*grpc.Server)                                             // its gRPC services; REST comes by itself, from their annotations
	Rules     []*annotations.HttpRule                                        // further paths of their methods
	File      protoreflect.FileDescriptor                                    // their API where REST has fields that their Go types lack
	Operation func(context.Context, string) (*longrunningpb.Operation, bool) // a long-running one, by its name
	// Policied says of a resource that is the service's whether it is there, as an error,
	// and how the permissions on it begin: "pubsub.topics". It is for services whose
	// policies google.iam.v1.IAMPolicy has.
	Policied  func(ctx context.Context, resource string) (permissions string, ok bool, err error)
	Locations func(project string) []string  // where a project has something
	Web       *Web                           // an API that is no gRPC
	App       func(host string) http.Handler // of SERVICE.localhost; nil: it has none of that name

	Stop  func(context.Context) error // ends what it does by itself, while the others still serve
	Close func(context.Context) error // frees what it holds, when the last request has ended
}

// Containers is what a service needs of a Docker engine to run containers;
// *docker.Client is one.
type Containers interface {
	InspectImage(ctx context.Context, ref string) (docker.Image, bool, error)
	HasImage(ctx context.Context, ref string) (bool, error)
	Pull(ctx context.Context, ref string, auth docker.Auth) error
	Create(ctx context.Context, c docker.Container) (id string, err error)
	Start(ctx context.Context, id string) error
	Write(ctx context.Context, id string, files []docker.File) error
	Wait(ctx context.Context, id string) (exit int, err error)
	LogStream(ctx context.Context, id string, o docker.LogOptions, stdout, stderr io.Writer) error
	Inspect(ctx context.Context, id string) (docker.State, error)
	Stop(ctx context.Context, id string, grace time.Duration) error
	Remove(ctx context.Context, id string) error
	List(ctx context.Context, labels map[string]string) ([]docker.Summary, error)
}

var _ Containers = (*docker.Client)(nil)

// Find gives the server that is a T. T may be an interface, so that a service
// can ask for what it needs and not for who does it.
func Find[T any](services []Service) (T, error) {
	for _, s := range services {
		if t, ok := s.Server.(T); ok {
			return t, nil
		}
	}
	var none T
	return none, fmt.Errorf("no service here is a %T", &none)
}

// All gives every server that is a T.
func All[T any](services []Service) (all []T) {
	for _, s := range services {
		if t, ok := s.Server.(T); ok {
			all = append(all, t)
		}
	}
	return all
}
