package cloudbuild_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

// TestMetadataOfGcloud: the real gcloud finds project, account and token.
func TestMetadataOfGcloud(t *testing.T) {
	t.Parallel()
	f := start(t, t.TempDir(), func(c *cloudbuild.Config) {
		c.Instance, c.HostNetwork = instanceOf, func(string) bool { return true }
	})
	env, done := make(chan []string, 1), make(chan struct{})
	f.exec.On("ask", func(ctx context.Context, r worker.StepRequest) (int, error) {
		env <- r.Options.ExtraEnv
		select {
		case <-done:
		case <-ctx.Done():
		}
		return 0, nil
	})
	id := f.submit(t, &build{Steps: []*step{{Name: "x", Id: "ask"}}})
	defer f.wait(t, id)
	defer close(done)
	g := gcloudtest.WithEnv(t, <-env...)
	if token, said := g.Run(t, "auth", "print-access-token"); strings.TrimSpace(token) != "token of "+id {
		t.Errorf("%q %s", token, said)
	}
	if info, said := g.Run(t, "config", "list", "--format=value(core.account)"); strings.TrimSpace(info) != "builds@my-project" {
		t.Errorf("%q %s", info, said)
	}
}

// TestMetadataElsewhere: where the port that needs no saying is taken there is
// another one, and where the bridge is not on this machine steps run without.
func TestMetadataElsewhere(t *testing.T) {
	t.Parallel()
	say := &build{Steps: []*step{{Name: dockertest.Image(), Script: "echo at=$GCE_METADATA_HOST=; [ -z \"$GCE_METADATA_HOST\" ] || python3 - <<'END'\n" + python + "\nEND\n"}}}
	run := func(t *testing.T, f *fixture) (id, log string) {
		t.Helper()
		id = f.submit(t, say)
		b := f.wait(t, id)
		log, err := f.Log(id)
		if err != nil || b.Status != cloudbuildpb.Build_SUCCESS {
			t.Fatalf("%v %v\n%s", b, err, log)
		}
		return id, log
	}
	t.Run("another port", func(t *testing.T) {
		t.Parallel()
		f, client, network := machinesOf(t)
		if err := client.EnsureNetwork(t.Context(), network, nil); err != nil {
			t.Fatal(err)
		}
		addr, err := client.Gateway(t.Context(), network)
		if err != nil {
			t.Fatal(err)
		}
		if l, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", netip.AddrPortFrom(addr, 80).String()); err == nil { // else somebody else has it, or we may not
			defer l.Close()
		}
		id, log := run(t, f)
		if !strings.Contains(log, "at="+addr.String()+":") || !strings.Contains(log, "token of "+id) {
			t.Error(log)
		}
	})
	t.Run("nowhere", func(t *testing.T) {
		t.Parallel()
		var said bytes.Buffer
		var network string
		f, _ := startDocker(t, nil, func(c *cloudbuild.Config) {
			c.Instance, c.HostNetwork, network = instanceOf, nil, c.Network
			c.Log = slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelWarn}))
			// Its bridge has no address here, as under Docker Desktop.
			if out, err := exec.CommandContext(t.Context(), c.DockerCommand, "network", "create", "-o", "com.docker.network.bridge.inhibit_ipv4=true", network).CombinedOutput(); err != nil {
				t.Fatalf("%v %s", err, out)
			}
		})
		for range 2 {
			if _, log := run(t, f); !strings.Contains(log, "at==") {
				t.Error(log)
			}
		}
		if err := f.Close(t.Context()); err != nil { // nothing is said any more
			t.Fatal(err)
		}
		if n := strings.Count(said.String(), "no metadata server"); n != 1 {
			t.Errorf("told %d times: %s", n, said.String())
		}
	})
}
