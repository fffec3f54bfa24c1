package run_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	api "cloud.google.com/go/run/apiv2"
	"cloud.google.com/go/run/apiv2/runpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/contract"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// answer is a program that answers with $TEXT, and ends when that is "crash".
const answer = `
import os, http.server, signal, sys
signal.signal(15, lambda *a: sys.exit(0))
if os.environ["TEXT"] == "crash": sys.exit("cannot start")
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ["TEXT"].encode())
http.server.HTTPServer(("", int(os.environ["PORT"])), H).serve_forever()
`

func fetch(t *testing.T, a *gcp.Access, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	who, err := run.NewTarget(a).Authorization(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(who.Name, who.Value)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	return string(data)
}

// The client on an emulator that runs real containers, or at Google. The service was
// made by somebody else, with a command of their own.
func TestContract(t *testing.T) {
	t.Parallel()
	image := "python:3.12-slim"
	at := contract.At(t, func() emulator.Options {
		d := dockertest.Require(t)
		image = dockertest.Image()
		return emulator.Options{Docker: d}
	})
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: at.URL}, TokenFile: at.TokenFile})
	t.Cleanup(func() { _ = a.Close() })
	ctx, c := t.Context(), run.New(a)
	want := run.Desired{
		Spec: release.Spec{
			Project: at.Project, Region: at.Region, Service: contract.Name(), Image: image, Port: 8080,
			Env: map[string]string{"TEXT": "one"},
		},
		Options: run.Options{AllowUnauthenticated: &yes}, Run: first,
	}
	t.Cleanup(func() {
		if t.Failed() {
			_, _ = c.Delete(context.Background(), want.Project, want.Region, want.Service)
		}
	})
	byOthers(t, a, want.Spec)
	serves := func(url, text string) {
		t.Helper()
		at.Eventually(t, "serves", func() (bool, string) { got := fetch(t, a, url); return got == text, got })
	}

	deploy := func(change func(*run.Desired)) (release.Released, error) {
		want.Run = release.Run{ID: want.Run.ID + "x", Started: want.Run.Started.Add(time.Second)}
		change(&want)
		return c.Deploy(ctx, want, nil)
	}
	same := func(what string) {
		t.Helper()
		now, ok, err := c.Get(ctx, want.Project, want.Region, want.Service)
		if err != nil || !ok {
			t.Fatal(err)
		}
		if m := run.Merge(now, want); !run.Same(now, m) {
			t.Errorf("%s: there is still something to do:\n%s", what, cmp.Diff(now, m, protocmp.Transform()))
		}
	}

	one, err := deploy(func(*run.Desired) {})
	if err != nil || one.Percent != 100 || one.Warning != "" {
		t.Fatalf("%+v, %v", one, err)
	}
	serves(one.URL, "one")
	same("first")

	two, err := deploy(func(d *run.Desired) {
		d.Env, d.CPU, d.Memory, d.MinInstances, d.MaxInstances = map[string]string{"TEXT": "two"}, "500m", "256Mi", number(0), number(2)
		d.TimeoutSeconds, d.Port, d.AllowUnauthenticated = 60, 9000, &no
	})
	if err != nil || two.Revision == one.Revision || two.URL != one.URL {
		t.Fatalf("%+v, %v", two, err)
	}
	if serves(two.URL, "two"); !two.Private || one.Private {
		t.Errorf("private %v, before %v", two.Private, one.Private)
	}
	same("second")

	// A rerun of the very same makes no revision.
	again, err := c.Deploy(ctx, want, nil)
	if err != nil || again.Revision != two.Revision {
		t.Errorf("again: %+v, %v", again, err)
	}

	_, err = deploy(func(d *run.Desired) { d.Env = map[string]string{"TEXT": "crash"} })
	if errs.KindOf(err) != errs.Build || !strings.Contains(err.Error(), "PORT=9000") {
		t.Errorf("crash: %v (%v)", err, errs.KindOf(err))
	}
	serves(two.URL, "two") // after a crash

	three, err := deploy(func(d *run.Desired) {
		d.Env, d.CPU, d.Memory, d.MinInstances, d.MaxInstances, d.TimeoutSeconds = map[string]string{"TEXT": "three"}, "", "", nil, nil, 0
	})
	if err != nil {
		t.Fatal(err)
	}
	same("third")

	late := want
	late.Run = first
	if r, err := c.Deploy(ctx, late, nil); err != nil || r.Revision != three.Revision {
		t.Errorf("late, with the very same: %+v, %v", r, err)
	}
	late.Env = map[string]string{"TEXT": "late"}
	if _, err := c.Deploy(ctx, late, nil); errs.KindOf(err) != errs.Superseded {
		t.Errorf("late: %v (%v)", err, errs.KindOf(err))
	}
	serves(three.URL, "three")
	serves(atOnce(t, c, want), "c")

	revisions, err := c.Revisions(ctx, want.Project, want.Region, want.Service)
	if err != nil || len(revisions) < 5 {
		t.Errorf("%d revisions, %v", len(revisions), err)
	}
	target := run.NewTarget(a)
	now, _, err := target.Observe(ctx, release.Spec{Project: want.Project, Region: want.Region, Service: want.Service})
	if err != nil || !now.Exists || now.URL != three.URL || now.Image != image {
		t.Errorf("Observe: %+v, %v", now, err)
	}
	for _, there := range []bool{true, false} {
		if ok, err := c.Delete(ctx, want.Project, want.Region, want.Service); ok != there || err != nil {
			t.Errorf("Delete = %v, %v", ok, err)
		}
	}
}

func byOthers(t *testing.T, a *gcp.Access, s release.Spec) {
	t.Helper()
	opts, err := a.GRPC(a.Endpoint(gcp.Run))
	if err != nil {
		t.Fatal(err)
	}
	others, err := api.NewServicesClient(t.Context(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	op, err := others.CreateService(t.Context(), &runpb.CreateServiceRequest{
		Parent: "projects/" + s.Project + "/locations/" + s.Region, ServiceId: s.Service,
		Service: &runpb.Service{Template: &runpb.RevisionTemplate{Containers: []*runpb.Container{{
			Image: s.Image, Command: []string{"python3", "-uc", answer},
			Env: []*runpb.EnvVar{{Name: "TEXT", Values: &runpb.EnvVar_Value{Value: "theirs"}}},
		}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := op.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// atOnce releases three runs at the same time: whatever the order, the one that
// started last, "c", serves, and nobody fails but those who came too late.
func atOnce(t *testing.T, c *run.Client, base run.Desired) (url string) {
	t.Helper()
	texts := []string{"a", "b", "c"}
	var g sync.WaitGroup
	for i, text := range texts {
		d := base
		d.Run = release.Run{ID: "run-" + text, Started: base.Run.Started.Add(time.Duration(i+1) * time.Minute)}
		d.Env = map[string]string{"TEXT": text}
		g.Go(func() {
			r, err := c.Deploy(t.Context(), d, nil)
			switch {
			case errs.KindOf(err) == errs.Superseded && text != "c":
			case err != nil:
				t.Errorf("%s: %v (%v)", text, err, errs.KindOf(err))
			case text == "c":
				url = r.URL
			}
		})
	}
	g.Wait()
	return url
}
