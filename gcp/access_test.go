package gcp_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	run "cloud.google.com/go/run/apiv2"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// services is a Cloud Run that counts, and remembers who asked.
type services struct {
	runpb.UnimplementedServicesServer
	fail  func(call int32) error
	calls atomic.Int32
	who   atomic.Value
	agent atomic.Value
}

func (s *services) GetService(ctx context.Context, r *runpb.GetServiceRequest) (*runpb.Service, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	s.who.Store(strings.Join(md.Get("authorization"), ","))
	s.agent.Store(strings.Join(md.Get("user-agent"), ","))
	if err := s.fail(s.calls.Add(1)); err != nil {
		return nil, err
	}
	return &runpb.Service{Name: r.GetName()}, nil
}

func serve(t *testing.T, s *services) gcp.Config {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	runpb.RegisterServicesServer(g, s)
	go func() { _ = g.Serve(l) }()
	t.Cleanup(g.Stop)
	return gcp.Config{
		Endpoints: gcp.Endpoints{Base: "http://" + l.Addr().String() + "/"}, TokenFile: token(t, "secret\n"),
		UserAgent: "gcpdeploy/test", Poll: poll.Backoff{Initial: time.Millisecond},
	}
}

func token(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func get(t *testing.T, a *gcp.Access) error {
	t.Helper()
	t.Cleanup(func() { _ = a.Close() })
	opts, err := a.GRPC(a.Endpoint(gcp.Run))
	if err != nil {
		return err
	}
	c, err := run.NewServicesClient(t.Context(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return a.Retry(t.Context(), a.Endpoint(gcp.Run), "looking", time.Second, func(ctx context.Context) error {
		_, err := c.GetService(ctx, &runpb.GetServiceRequest{Name: "projects/p/locations/l/services/s"}, gcp.Once)
		return err
	})
}

func TestPlainSendsTokenAndAgent(t *testing.T) {
	t.Parallel()
	s := &services{fail: func(int32) error { return nil }}
	if err := get(t, gcp.New(serve(t, s))); err != nil {
		t.Fatal(err)
	}
	if got := s.who.Load(); got != "Bearer secret" {
		t.Errorf("authorization = %q", got)
	}
	if got := s.agent.Load().(string); !strings.HasPrefix(got, "gcpdeploy/test") {
		t.Errorf("user-agent = %q", got)
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fail  func(int32) error
		calls int32 // 0 = more than one
		kind  errs.Kind
		ok    bool
	}{
		{"transient, then well", func(n int32) error {
			if n < 4 {
				return status.Error(codes.Unavailable, "away")
			}
			return nil
		}, 4, 0, true},
		{"refused at once", func(int32) error { return status.Error(codes.PermissionDenied, "no") }, 1, errs.Auth, false},
		{"down for good", func(int32) error { return status.Error(codes.Unavailable, "away") }, 0, errs.Transient, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &services{fail: tt.fail}
			c := serve(t, s)
			c.Poll = poll.Backoff{Initial: 50 * time.Millisecond}
			c.Clock = poll.NewJumping(time.Unix(0, 0))
			err := get(t, gcp.New(c))
			if tt.ok != (err == nil) || err != nil && errs.KindOf(err) != tt.kind {
				t.Errorf("err = %v (%v), want kind %v", err, errs.KindOf(err), tt.kind)
			}
			if n := s.calls.Load(); tt.calls != 0 && n != tt.calls || n > 25 {
				t.Errorf("%d calls, want %d", n, tt.calls)
			}
		})
	}
}

func TestNothingListens(t *testing.T) {
	t.Parallel()
	c := gcp.Config{Endpoints: gcp.Endpoints{Base: "http://127.0.0.1:1/"}, TokenFile: token(t, "x"), Clock: poll.NewJumping(time.Unix(0, 0))}
	err := get(t, gcp.New(c))
	if errs.KindOf(err) != errs.Transient || !strings.Contains(errs.HintOf(err), "local status") {
		t.Errorf("err = %v, kind %v, hint %q", err, errs.KindOf(err), errs.HintOf(err))
	}
}

func TestCredentialsStayHome(t *testing.T) {
	t.Parallel()
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: "http://127.0.0.1:1/"}})
	if err := get(t, a); errs.KindOf(err) != errs.Auth || !strings.Contains(err.Error(), "without TLS") {
		t.Errorf("no token file: err = %v", err)
	}
	a = gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: "http://127.0.0.1:1/"}, TokenFile: "/nowhere/token"})
	if _, err := a.Token(t.Context()); errs.KindOf(err) != errs.Auth {
		t.Errorf("token file missing: err = %v", err)
	}
}

func TestTransportKeepsTokenFromOthers(t *testing.T) {
	t.Parallel()
	var other atomic.Value
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		other.Store(r.Header.Get("Authorization"))
	}))
	defer stranger.Close()
	var mine atomic.Value
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mine.Store(r.Header.Get("Authorization"))
		http.Redirect(w, r, stranger.URL, http.StatusFound)
	}))
	defer home.Close()
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: home.URL}, TokenFile: token(t, "secret")})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, home.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Transport: a.Transport(home.URL)}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if mine.Load() != "Bearer secret" || other.Load() != "" {
		t.Errorf("ours got %q, the stranger got %q", mine.Load(), other.Load())
	}
}
