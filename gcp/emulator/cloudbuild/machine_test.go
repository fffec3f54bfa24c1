package cloudbuild_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/metadata"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

// instanceOf is what these tests' metadata servers tell: each build's own id.
func instanceOf(b *cloudbuildpb.Build) metadata.Instance {
	return metadata.Instance{
		ID: "1", Project: b.ProjectId, Number: "123456789012", Region: "europe-west1", Account: "builds@" + b.ProjectId,
		Token:    func() (string, time.Duration) { return "token of " + b.Id, time.Hour },
		Identity: func(audience string) (string, error) { return audience, nil },
	}
}

const tokenPath = "/computeMetadata/v1/instance/service-accounts/default/token"

// get asks a metadata server; an error is given as text.
func get(ctx context.Context, at, path string) string {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at+path, http.NoBody)
	if err != nil {
		return err.Error()
	}
	r.Header.Set("Metadata-Flavor", "Google")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return res.Status + " " + string(body)
}

// variable is one of a list of NAME=value.
func variable(env []string, name string) string {
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v
		}
	}
	return ""
}

// TestMetadataOfHostSteps: a step on the host's network is told of its own build
// while that runs, by a name that nobody else has.
func TestMetadataOfHostSteps(t *testing.T) {
	t.Parallel()
	f := start(t, t.TempDir(), func(c *cloudbuild.Config) {
		c.Instance, c.HostNetwork = instanceOf, func(string) bool { return true }
	})
	type asked struct{ at, token, wrong, host string }
	answers := make(chan asked, 2)
	f.exec.On("ask", func(ctx context.Context, r worker.StepRequest) (int, error) {
		at := variable(r.Options.ExtraEnv, "GCE_METADATA_HOST")
		address, _, _ := strings.Cut(at, "/")
		_, port, _ := strings.Cut(address, ":")
		answers <- asked{at, get(ctx, at, tokenPath), get(ctx, address, tokenPath) + get(ctx, address+"/"+strings.Repeat("A", 26), tokenPath),
			get(ctx, strings.Replace(at, address, "localhost:"+port, 1), tokenPath)}
		return 0, nil
	})
	f.exec.On("hold", func(ctx context.Context, _ worker.StepRequest) (int, error) {
		<-ctx.Done()
		return 0, nil
	})
	f.submit(t, &build{Steps: []*step{{Name: "x", Id: "hold"}}}) // while one runs there is a server
	var seen []asked
	for range 2 {
		id := f.submit(t, &build{Steps: []*step{{Name: "x", Id: "ask"}}})
		f.wait(t, id)
		a := <-answers
		seen = append(seen, a)
		if !strings.Contains(a.token, `"access_token":"token of `+id+`"`) {
			t.Errorf("build %s was told %s", id, a.token)
		}
		if strings.Contains(a.wrong, "token of") || strings.Count(a.wrong, "403 Forbidden") != 2 {
			t.Errorf("without the name: %s", a.wrong)
		}
		if !strings.HasPrefix(a.host, "403 Forbidden") {
			t.Errorf("by another host's name: %s", a.host)
		}
		if after := get(t.Context(), a.at, tokenPath); !strings.HasPrefix(after, "403 Forbidden") && !strings.Contains(after, "connection refused") {
			t.Errorf("after its end: %s", after)
		}
	}
	if seen[0].at == seen[1].at {
		t.Error("two builds have one name")
	}
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := get(t.Context(), seen[0].at, tokenPath); !strings.Contains(after, "refused") {
		t.Errorf("after the last build somebody listens: %s", after)
	}
}

// machinesOf starts an emulator whose steps really run, with a metadata server.
func machinesOf(t *testing.T) (*fixture, *docker.Client, string) {
	t.Helper()
	var network string
	f, client := startDocker(t, nil, func(c *cloudbuild.Config) { c.Instance, network = instanceOf, c.Network })
	return f, client, network
}

// python is a script that asks for a token: where argument 1 says, or the file of
// that name, or the variable.
const python = `
import os, sys, urllib.request
at = sys.argv[1] if len(sys.argv) > 1 else os.environ["GCE_METADATA_HOST"]
if os.path.exists(at): at = open(at).read().strip()
r = urllib.request.Request("http://" + at + "` + tokenPath + `", headers={"Metadata-Flavor": "Google"})
try: print(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(r, timeout=60).read().decode())
except urllib.error.HTTPError as e: print("refused:", e.code)
`

// TestMetadataOfContainers: a step's container, and one that it starts on the
// network of steps, are told of their build; nobody else on this machine is.
func TestMetadataOfContainers(t *testing.T) {
	t.Parallel()
	f, client, network := machinesOf(t)
	img, name := dockertest.Image(), "gcpdeploy-test-"+strings.ToLower(t.Name())+"-"+network[len(network)-10:]
	source := f.put(t, "s.tgz", archive(t, map[string]string{"ask.py": python, "Dockerfile": "FROM " + img + "\nARG AT\nCOPY ask.py /\nRUN python3 /ask.py $AT\n"}))
	id := f.submit(t, &build{Source: source, Steps: []*step{
		{Name: img, Id: "step", Script: `python3 ask.py; echo $GCE_METADATA_HOST > host; getent hosts metadata.google.internal metadata; case $GCE_METADATA_HOST in *:*) ;; *) python3 ask.py metadata.google.internal;; esac`},
		{Name: worker.DockerBuilder, Id: "joined", Args: []string{"run", "--rm", "--network", network, "-v", "/workspace:/workspace", img, "python3", "/workspace/ask.py"}},
		{Name: worker.DockerBuilder, Id: "apart", Args: []string{"run", "--rm", "-v", "/workspace:/workspace", img, "python3", "/workspace/ask.py", "/workspace/host"}},
		{Name: img, Id: "address", Script: "echo AT=$(cat host) > build.env; cp build.env Dockerfile.env; sed -i \"s|^ARG AT|ENV AT=$(cat host)|\" Dockerfile"},
		{Name: worker.DockerBuilder, Id: "run", Args: []string{"build", "--no-cache", "-t", "gcpdeploy.local/" + name, "."}, Env: []string{"DOCKER_BUILDKIT=1", "BUILDKIT_PROGRESS=plain"}},
		// As at Google: what one step leaves running, the next ones reach by its name.
		{Name: worker.DockerBuilder, Id: "background", Args: []string{"run", "-d", "--network", network, "--name", name, img, "python3", "-m", "http.server", "8000"}},
		{Name: img, Id: "named", Env: []string{"AT=" + name}, Script: `
until python3 -c "import urllib.request,os; urllib.request.urlopen('http://' + os.environ['AT'] + ':8000/')" 2>/dev/null; do sleep 0.1; done; echo reached
python3 - <<'END'
import http.client, socket
c = http.client.HTTPConnection("docker")
c.sock = socket.socket(socket.AF_UNIX); c.sock.connect("/var/run/docker.sock")
c.request("GET", "/_ping"); print("docker says", c.getresponse().read().decode())
END
`},
		{Name: img, Id: "wait", Script: "touch waiting; until [ -e go ]; do sleep 0.1; done"},
	}})
	t.Cleanup(func() { _ = client.RemoveImage(context.WithoutCancel(t.Context()), "gcpdeploy.local/"+name) })
	work := f.dir + "/work/" + id + "/workspace"
	waitFor(t, f, id, work+"/waiting")
	// Others, while the build runs: a container of the app's kind on the same
	// network, one that says that it is of a build, and a process of this machine.
	host, err := os.ReadFile(work + "/host")
	if err != nil {
		t.Fatal(err)
	}
	at := strings.TrimSpace(string(host))
	others := map[string]string{"a process": get(t.Context(), at, tokenPath)}
	for who, labels := range map[string]map[string]string{
		"a container without a build": {docker.Label: f.stateID}, "a container of an unknown build": {docker.Label: f.stateID, cloudbuild.Label: "other"},
		"another emulator's container": {docker.Label: "other", cloudbuild.Label: id},
	} {
		var said strings.Builder
		if _, err := client.Run(t.Context(), docker.Container{Image: img, Network: network, Labels: labels, Entrypoint: []string{"python3", "-c"}, Cmd: []string{python, at}}, &said, &said); err != nil {
			t.Error(err)
		}
		others[who] = said.String()
	}
	for who, got := range others {
		if strings.Contains(got, "token of") || !strings.Contains(got, "403") {
			t.Errorf("%s: %s", who, got)
		}
	}
	if err := os.WriteFile(work+"/go", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b := f.wait(t, id)
	log, err := f.Log(id)
	if b.Status != cloudbuildpb.Build_SUCCESS || err != nil {
		t.Fatalf("%v %v\n%s", b, err, log)
	}
	told := `{"access_token":"token of ` + id + `"`
	for _, want := range []string{`"step": ` + told, `"joined": ` + told, `"apart": refused: 403`, "metadata.google.internal", `"named": reached`, `"named": docker says OK`} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	run := slices.DeleteFunc(strings.Split(log, "\n"), func(l string) bool { return !strings.Contains(l, `"run"`) })
	if text := strings.Join(run, "\n"); strings.Contains(text, "token of") || !strings.Contains(text, "refused: 403") {
		t.Errorf("a RUN line of a Dockerfile:\n%s", text)
	}
	if after := get(t.Context(), at, tokenPath); !strings.Contains(after, "refused") {
		t.Errorf("after the last build somebody listens: %s", after)
	}
}

// waitFor waits until a build has made a file, or has ended.
func waitFor(t *testing.T, f *fixture, id, file string) {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = f.Wait(t.Context(), id)
	}()
	for {
		if _, err := os.Stat(file); err == nil {
			return
		}
		select {
		case <-ended:
			log, _ := f.Log(id)
			t.Fatalf("the build ended before:\n%s", log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
