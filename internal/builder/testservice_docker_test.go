package builder_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// database is a server of few lines: it listens after a moment, and answers all.
const database = `import os, socket, time
print("starting", flush=True)
time.sleep(float(os.environ.get("AFTER", "0.2")))
if os.environ.get("BROKEN"): raise SystemExit(os.environ["BROKEN"])
open("/tmp/ready", "w").close()
s = socket.create_server(("", 8080))
while True:
    c, _ = s.accept()
    c.sendall(os.environ.get("SAYS", "hello").encode()); c.close()
`

// TestServices: the tests find what they need beside them, whose end comes with theirs;
// one that cannot be used is told with what it wrote.
func TestServices(t *testing.T) {
	t.Parallel()
	c := dockertest.Require(t)
	beside := image(t, c, "beside", "FROM BASE\nCOPY server.py /\nEXPOSE 8080\nENTRYPOINT [\"python3\", \"/server.py\"]\n", map[string]string{"server.py": database})
	probe := probeImage(t, c)
	const ask = `import os, socket
for name in ("DB", "SLOW_ONE"):
    print(name, os.environ[name + "_HOST"], socket.create_connection((os.environ[name + "_HOST"], int(os.environ[name + "_PORT"])), 5).makefile().read())
`
	for _, tt := range []struct {
		name     string
		services []config.TestService
		code     string
		wrote    []string
		fails    string
	}{
		{"used", []config.TestService{
			{Name: "db", Image: beside, Env: map[string]string{"SAYS": "one"}},
			{Name: "slow-one", Image: beside, Port: 8080, Env: map[string]string{"SAYS": "two", "AFTER": "0.5"}, Ready: []string{"test", "-e", "/tmp/ready"}},
		}, ask, []string{"DB db one", "SLOW_ONE slow-one two", "passed"}, ""},
		{"tests fail", []config.TestService{{Name: "db", Image: beside}}, "raise SystemExit(3)", []string{"db: starting"}, "ended with exit code 3"},
		{"ends", []config.TestService{{Name: "db", Image: beside, Env: map[string]string{"BROKEN": "no disk"}}}, ask, []string{"db: no disk"}, "ended with exit code 1 before it could be used"},
		{"another port", []config.TestService{{Name: "db", Image: dockertest.Image()}}, ask, nil, "does not say on which one port"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			labels := dockertest.Labels(t, c)
			var out bytes.Buffer
			_, err := builder.Test(t.Context(), c, builder.TestOptions{
				Image: dockertest.Image(), Command: []string{"python3", "-c", tt.code}, Labels: labels, Services: tt.services, Builder: probe,
			}, &out)
			for _, text := range tt.wrote {
				if !strings.Contains(out.String(), text) {
					t.Errorf("it does not print %q:\n%s", text, out.String())
				}
			}
			if (tt.fails == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), tt.fails) || errs.KindOf(err) != errs.Build) {
				t.Errorf("error %v, want %q\n%s", err, tt.fails, out.String())
			}
			if list, err := c.List(t.Context(), labels); err != nil || len(list) > 0 || strings.Contains(out.String(), "cleaning up") {
				t.Errorf("left behind: %v, %v\n%s", list, err, out.String())
			}
		})
	}
}
