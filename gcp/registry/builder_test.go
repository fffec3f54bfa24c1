package registry_test

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func TestBuilderImage(t *testing.T) {
	t.Parallel()
	exe := program(t, "static", `package main; func main() {}`)
	labels := map[string]string{"version": "1"}
	img, err := registry.BuilderImage(exe, labels)
	if err != nil {
		t.Fatal(err)
	}
	again, err := registry.BuilderImage(exe, labels)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := img.Digest()
	two, _ := again.Digest()
	if one != two {
		t.Errorf("%s, then %s", one, two)
	}
	f := ready(t)
	d := f.push(t, "builder", "v1", img)
	if d != one.String() {
		t.Errorf("pushed %s, want %s", d, one)
	}
	got, err := f.ReadFile(t.Context(), "builder", d, "/gcpdeploy")
	want, rerr := os.ReadFile(exe)
	if !bytes.Equal(got, want) || err != nil || rerr != nil {
		t.Errorf("the program: %d bytes of %d, %v, %v", len(got), len(want), err, rerr)
	}
	certs, err := f.ReadFile(t.Context(), "builder", d, "/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for block, rest := pem.Decode(certs); block != nil; block, rest = pem.Decode(rest) {
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			t.Error(err)
		}
		n++
	}
	if n < 50 || !bytes.Contains(certs, []byte("BEGIN")) {
		t.Errorf("%d roots", n)
	}
	c, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/gcpdeploy"}, c.Config.Entrypoint); diff != "" || c.OS != "linux" || c.Config.Labels["version"] != "1" {
		t.Errorf("config %+v", c)
	}
	if c.Architecture != runtime.GOARCH {
		t.Errorf("architecture %s", c.Architecture)
	}
}

// program builds a static executable.
func program(t *testing.T, name, source string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(dir, name)
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", exe, "main.go")
	build.Dir, build.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return exe
}

func TestBuilderImageRefuses(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for exe, want := range map[string]string{"/nowhere": "no such file", script: "linux executable"} {
		if _, err := registry.BuilderImage(exe, nil); errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), want) || errs.HintOf(err) == "" {
			t.Errorf("%s: %v (%v)", exe, err, errs.KindOf(err))
		}
	}
}

// TestBuilderImageOfADynamicProgram holds that what `go build` makes where there
// is a C compiler works too: it comes with its loader and libraries.
func TestBuilderImageOfADynamicProgram(t *testing.T) {
	t.Parallel()
	if out, err := exec.CommandContext(t.Context(), "ldd", "/bin/sh").CombinedOutput(); err != nil || !strings.Contains(string(out), "libc.so.6") {
		t.Skip("/bin/sh is no dynamic program here")
	}
	img, err := registry.BuilderImage("/bin/sh", nil)
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewReader(mutate.Extract(img))
	found := map[string]bool{}
	for {
		h, err := files.Next()
		if err != nil {
			break
		}
		found[path.Base(h.Name)] = true
	}
	for _, want := range []string{"gcpdeploy", "libc.so.6", "ca-certificates.crt"} {
		if !found[want] {
			t.Errorf("%s is missing in %v", want, found)
		}
	}
}
