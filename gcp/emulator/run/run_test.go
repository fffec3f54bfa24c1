package run_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	runapi "cloud.google.com/go/run/apiv2"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

const parent = "projects/demo/locations/europe-west1"

// env is an emulator behind a gRPC port, and Google's own clients to it.
type env struct {
	t         *testing.T
	server    *run.Server
	services  *runapi.ServicesClient
	revisions *runapi.RevisionsClient
}

func start(t *testing.T, c run.Config) *env {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	var err error
	if c.Policies, err = rights.Open(c.Dir+".rights", frame.Projects{}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	s, err := run.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, s)
}

// serve gives clients of a server.
func serve(t *testing.T, s *run.Server) *env {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	s.Register(g)
	go func() { _ = g.Serve(ln) }()
	t.Cleanup(func() {
		g.Stop()
		if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	opts := []option.ClientOption{option.WithEndpoint(ln.Addr().String()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials()))}
	e := &env{t: t, server: s}
	if e.services, err = runapi.NewServicesClient(t.Context(), opts...); err != nil {
		t.Fatal(err)
	}
	if e.revisions, err = runapi.NewRevisionsClient(t.Context(), opts...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.services.Close(); _ = e.revisions.Close() })
	return e
}

// withDocker is the configuration of an emulator with containers.
func withDocker(t *testing.T) run.Config {
	t.Helper()
	c := dockertest.Require(t)
	return run.Config{Dir: t.TempDir(), Docker: c, StateID: dockertest.Labels(t, c)[docker.Label], Addr: "127.0.0.1:8123"}
}

// echo is a container that answers every request with text, and with its
// environment and the request's host in headers.
func echo(text string) *runpb.Container {
	return python(`
import os, http.server, socketserver
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = os.environ["TEXT"].encode()
        self.send_response(200)
        for k in ("PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"):
            self.send_header("X-" + k.replace("_", "-"), os.environ[k])
        self.send_header("X-Host", self.headers["Host"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), H).serve_forever()
`, "TEXT", text)
}

func python(code string, env ...string) *runpb.Container {
	c := &runpb.Container{Image: dockertest.Image(), Command: []string{"python3", "-uc", "import signal, sys; signal.signal(15, lambda *a: sys.exit(0))\n" + code}}
	for i := 0; i < len(env); i += 2 {
		c.Env = append(c.Env, &runpb.EnvVar{Name: env[i], Values: &runpb.EnvVar_Value{Value: env[i+1]}})
	}
	return c
}

// service is one that everybody may call.
func service(c *runpb.Container) *runpb.Service {
	return &runpb.Service{InvokerIamDisabled: true, Template: &runpb.RevisionTemplate{Containers: []*runpb.Container{c}}}
}

func seconds(n int) *durationpb.Duration { return durationpb.New(time.Duration(n) * time.Second) }

// wait waits through the emulator for an operation, then asks the client.
func (e *env) wait(name string) {
	e.t.Helper()
	if o, ok := e.server.WaitOperation(e.t.Context(), name); !ok || !o.GetDone() {
		e.t.Fatalf("operation %s: %v, %v", name, o, ok)
	}
}

// create makes a service and waits for its rollout.
func (e *env) create(id string, svc *runpb.Service) (*runpb.Service, error) {
	e.t.Helper()
	op, err := e.services.CreateService(e.t.Context(), &runpb.CreateServiceRequest{Parent: parent, ServiceId: id, Service: svc})
	if err != nil {
		return nil, err
	}
	e.wait(op.Name())
	return e.result(op.Name())
}

// update changes a service and waits for its rollout.
func (e *env) update(req *runpb.UpdateServiceRequest) (*runpb.Service, error) {
	e.t.Helper()
	op, err := e.services.UpdateService(e.t.Context(), req)
	if err != nil {
		return nil, err
	}
	e.wait(op.Name())
	return e.result(op.Name())
}

// result is the outcome of an operation that is done.
func (e *env) result(name string) (*runpb.Service, error) {
	e.t.Helper()
	o, _ := e.server.Operation(e.t.Context(), name)
	if o.GetError() != nil {
		return nil, statusError(o.GetError())
	}
	svc := &runpb.Service{}
	if err := o.GetResponse().UnmarshalTo(svc); err != nil {
		e.t.Fatal(err)
	}
	return svc, nil
}

func (e *env) get(name string) *runpb.Service {
	e.t.Helper()
	svc, err := e.services.GetService(e.t.Context(), &runpb.GetServiceRequest{Name: name})
	if err != nil {
		e.t.Fatal(err)
	}
	return svc
}

// fetch asks a URL, with another Host if host is given.
func fetch(t *testing.T, url, host string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSpace(string(body)), res.Header
}
