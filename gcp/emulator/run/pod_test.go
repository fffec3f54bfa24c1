package run_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// reader answers a path with the file there, and with what the port in its query answers.
func reader(env ...string) *runpb.Container {
	return python(`
import os, http.server, urllib.request, threading
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, port = self.path.partition("?")
        try:
            if path == "/exit":
                os._exit(3)
            if path.startswith("/write/"):
                open(path[6:], "w").write("written")
            elif port:
                body = urllib.request.urlopen("http://localhost:" + port + path).read()
            else:
                body = open(path, "rb").read() + oct(os.stat(path).st_mode & 0o777).encode()
            self.send_response(200); self.end_headers(); self.wfile.write(body)
        except Exception as e:
            self.send_response(500); self.end_headers(); self.wfile.write(repr(e).encode())
http.server.ThreadingHTTPServer(("", int(os.environ.get("PORT") or os.environ["MINE"])), H).serve_forever()
`, env...)
}

// ask is fetch of what may be refused.
func ask(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}

// TestPod: containers of a revision share localhost and volumes, begin in their order, end
// together, and leave nothing.
func TestPod(t *testing.T) {
	t.Parallel()
	c := withDocker(t)
	c.Secret = func(_ context.Context, version string) (string, error) { return "value of " + version, nil }
	e := start(t, c)
	app, beside := reader(), reader("MINE", "9000")
	app.Name, app.Ports, app.DependsOn = "app", []*runpb.ContainerPort{{ContainerPort: 8080}}, []string{"beside"}
	app.Command[2] = "import urllib.request; urllib.request.urlopen('http://localhost:9000/etc/hostname')\n" + app.Command[2] // it is there already
	app.VolumeMounts = []*runpb.VolumeMount{{Name: "shared", MountPath: "/shared"}, {Name: "secret", MountPath: "/etc/keys"}, {Name: "db"}}
	beside.Name, beside.VolumeMounts = "beside", []*runpb.VolumeMount{{Name: "shared", MountPath: "/elsewhere"}}
	beside.StartupProbe = &runpb.Probe{ProbeType: &runpb.Probe_HttpGet{HttpGet: &runpb.HTTPGetAction{Path: "/etc/hostname", Port: 9000}}}
	s := service(app)
	s.Template.Containers = append(s.Template.Containers, beside)
	s.Template.Volumes = []*runpb.Volume{
		{Name: "shared", VolumeType: &runpb.Volume_EmptyDir{EmptyDir: &runpb.EmptyDirVolumeSource{SizeLimit: "16Mi"}}},
		{Name: "secret", VolumeType: &runpb.Volume_Secret{Secret: &runpb.SecretVolumeSource{Secret: "key", Items: []*runpb.VersionToPath{
			{Path: "a", Version: "3"}, {Path: "deep/b", Version: "latest", Mode: 0o640}}}}},
		{Name: "db", VolumeType: &runpb.Volume_CloudSqlInstance{CloudSqlInstance: &runpb.CloudSqlInstance{Instances: []string{"p:europe-west1:db"}}}},
	}
	svc, err := e.create("hello", s)
	if err != nil {
		lines, _ := e.server.Logs(parent+"/services/hello", 100)
		t.Fatal(err, lines)
	}
	for path, want := range map[string]string{
		"/etc/keys/a":       "value of projects/demo/secrets/key/versions/30o444",
		"/etc/keys/deep/b":  "value of projects/demo/secrets/key/versions/latest0o440",
		"/write/etc/keys/c": "Read-only file system",
	} {
		if _, body := ask(t, svc.GetUri()+path); !strings.Contains(body, want) {
			t.Errorf("%s: %q, want %q", path, body, want)
		}
	}
	ask(t, svc.GetUri()+"/write/shared/x")
	if _, body := ask(t, svc.GetUri()+"/elsewhere/x?9000"); !strings.HasPrefix(body, "written") {
		t.Errorf("of the other container: %q", body)
	}
	before := containers(t, c)
	if len(before) != 3 {
		t.Errorf("%d containers", len(before))
	}
	ask(t, svc.GetUri()+"/exit?9000") // the one beside
	wait(t, "a new instance", func() bool {
		code, _ := ask(t, svc.GetUri()+"/etc/hostname?9000")
		return code == http.StatusOK
	})
	wait(t, "the old one to go", func() bool { return len(containers(t, c)) == 3 })
	for _, k := range containers(t, c) {
		if slices.ContainsFunc(before, func(b docker.Summary) bool { return b.ID == k.ID }) {
			t.Errorf("%s is there still", k.Name)
		}
	}
	if err := e.server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list := containers(t, c); len(list) != 0 {
		t.Errorf("after Close: %v", list)
	}
}

// TestPodFails: a container beside that ends, or is never ready, is the revision's failure.
func TestPodFails(t *testing.T) {
	t.Parallel()
	c := withDocker(t)
	e := start(t, c)
	app, beside := echo("x"), python("sys.exit(7)")
	app.Name, app.Ports, beside.Name = "app", []*runpb.ContainerPort{{ContainerPort: 8080}}, "beside"
	app.DependsOn = []string{"beside"}
	beside.StartupProbe = &runpb.Probe{ProbeType: &runpb.Probe_TcpSocket{TcpSocket: &runpb.TCPSocketAction{Port: 9000}}}
	s := service(app)
	s.Template.Containers = append(s.Template.Containers, beside)
	if _, err := e.create("hello", s); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("%v", err)
	}
	lines, _ := e.server.Logs(parent+"/services/hello", 100)
	if !slices.ContainsFunc(lines, func(l container.Line) bool {
		return l.Text == `The container "beside" exited with code 7 before it was ready.`
	}) {
		t.Errorf("%v", lines)
	}
	wait(t, "all to go", func() bool { return len(containers(t, c)) == 0 })
}
