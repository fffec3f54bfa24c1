package builder_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestMain lets the test binary stand for the builder image's program.
func TestMain(m *testing.M) {
	if len(os.Args) == 7 && os.Args[1] == "step" && os.Args[2] == "probe" && os.Args[4] == "8080" {
		limit, err := time.ParseDuration(os.Args[6])
		if err == nil {
			err = builder.Probe(context.Background(), 8080, limit, os.Stdout)
		}
		if err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// image builds an image from a Dockerfile and files, and removes it at the end.
func image(t *testing.T, c *docker.Client, name, dockerfile string, files map[string]string) string {
	t.Helper()
	tool, err := docker.Command(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files["Dockerfile"] = strings.ReplaceAll(dockerfile, "BASE", dockertest.Image())
	for path, text := range files {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	tag := "gcpdeploy.local/" + name + ":" + dockertest.Labels(t, c)[docker.Label]
	cmd := exec.CommandContext(t.Context(), tool, "build", "-q", "-t", tag, dir)
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", name, err, out)
	}
	t.Cleanup(func() {
		if err := c.RemoveImage(context.WithoutCancel(t.Context()), tag); err != nil {
			t.Error(err)
		}
	})
	return tag
}

func TestStart(t *testing.T) {
	t.Parallel()
	c := dockertest.Require(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	probe := image(t, c, "builder", "FROM BASE\nCOPY probe /probe\nENTRYPOINT [\"/probe\"]\n", map[string]string{"probe": string(program)})
	app := image(t, c, "app", "FROM BASE\nCMD []\nENTRYPOINT [\"python3\", \"-c\", \"import os; exec(os.environ['CODE'])\"]\n", map[string]string{})
	const serve = `import socketserver, os, sys; socketserver.TCPServer(("%s", int(%s)), socketserver.BaseRequestHandler).serve_forever()`
	listen := func(host, port string) string {
		return strings.NewReplacer(`"%s"`, `"`+host+`"`, `%s`, port).Replace(serve)
	}
	contract := release.Contract{
		Title: "the target", Env: map[string]string{"PORT": "8080", "WHO": "the target"}, Port: 8080, PortKey: "run.port", CPUs: 8,
		Memory: release.Memory{Bytes: 512 << 20, Text: "512Mi", Key: "run.memory"},
	}
	for _, tt := range []struct {
		name, code  string
		change      func(*builder.StartOptions)
		out         []string // substrings of the output
		fails, hint string   // "" = succeeds
	}{
		{name: "listens", code: `import os; assert os.environ["WHO"] == "the target" and os.environ["MODE"] == "test"; ` + listen("", `os.environ["PORT"]`),
			out: []string{"listens on 8080 after "}},
		{name: "listens on v6", code: `import socket,time; s=socket.create_server(("::",8080),family=socket.AF_INET6,dualstack_ipv6=True); time.sleep(60)`,
			out: []string{"listens on 8080 after "}},
		{name: "crashes", code: `print("starting"); raise SystemExit("no such module")`,
			out: []string{"the app's output:\n", "starting\n", "no such module"}, fails: "exited with code 1 before it listened on port 8080", hint: "output above"},
		{name: "exits at once", code: ``, out: []string{"the app wrote nothing"}, fails: "exited with code 0", hint: "output"},
		{name: "never listens", code: `import time; print("busy", flush=True); time.sleep(60)`,
			change: func(o *builder.StartOptions) { o.Timeout = 500 * time.Millisecond },
			out:    []string{"busy"}, fails: "did not listen on 0.0.0.0:8080 within", hint: "$PORT (8080)"},
		{name: "loopback", code: listen("127.0.0.1", `8080`),
			change: func(o *builder.StartOptions) { o.Timeout = 3 * time.Second },
			fails:  "listens only on 127.0.0.1:8080, where the target cannot reach it", hint: "0.0.0.0:8080 instead of 127.0.0.1:8080"},
		{name: "other port", code: listen("", `5000`),
			change: func(o *builder.StartOptions) { o.Timeout = 3 * time.Second },
			fails:  "listens on 0.0.0.0:5000 instead of 0.0.0.0:8080", hint: "run.port"},
		{name: "too little memory", code: `x = bytearray(200 << 20); import time; time.sleep(60)`,
			change: func(o *builder.StartOptions) {
				o.Contract.Memory = release.Memory{Bytes: 64 << 20, Text: "64Mi", Key: "run.memory"}
			}, fails: "more memory than its limit of 64Mi", hint: "run.memory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			labels := dockertest.Labels(t, c)
			o := builder.StartOptions{Image: app, Builder: probe, Contract: contract,
				Env: map[string]string{"CODE": tt.code, "MODE": "test", "PORT": "1"}, Labels: labels}
			if tt.change != nil {
				tt.change(&o)
			}
			var out bytes.Buffer
			err := builder.Start(t.Context(), c, o, &out)
			for _, want := range tt.out {
				if !strings.Contains(out.String(), want) {
					t.Errorf("output %q lacks %q", out.String(), want)
				}
			}
			switch {
			case tt.fails == "" && err != nil:
				t.Errorf("Start: %v\n%s", err, out.String())
			case tt.fails != "" && (err == nil || !strings.Contains(err.Error(), tt.fails) || errs.KindOf(err) != errs.Build || !strings.Contains(errs.HintOf(err), tt.hint)):
				t.Errorf("Start = %v, hint %q; want %q, %q\n%s", err, errs.HintOf(err), tt.fails, tt.hint, out.String())
			}
			t.Log(strings.TrimSpace(out.String()), err)
			if list, err := c.List(t.Context(), labels); err != nil || len(list) > 0 {
				t.Errorf("left behind: %v, %v", list, err)
			}
		})
	}
	t.Run("no entrypoint", func(t *testing.T) {
		t.Parallel()
		o := builder.StartOptions{Image: image(t, c, "app", "FROM BASE\nENTRYPOINT [\"/nothing\"]\n", map[string]string{}), Builder: probe, Contract: contract, Labels: dockertest.Labels(t, c)}
		if err := builder.Start(t.Context(), c, o, &bytes.Buffer{}); errs.KindOf(err) != errs.Build {
			t.Errorf("Start = %v", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		labels := dockertest.Labels(t, c)
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("enough")
		time.AfterFunc(700*time.Millisecond, func() { cancel(cause) })
		o := builder.StartOptions{Image: app, Builder: probe, Contract: contract, Labels: labels, Env: map[string]string{"CODE": "import time; time.sleep(60)"}}
		if err := builder.Start(ctx, c, o, &bytes.Buffer{}); !errors.Is(err, cause) && !errors.Is(err, context.Canceled) {
			t.Errorf("Start = %v", err)
		}
		if list, err := c.List(t.Context(), labels); err != nil || len(list) > 0 {
			t.Errorf("left behind: %v, %v", list, err)
		}
	})
}
