package builder_test

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestImageAsDocker: what is made in the registry has the files, modes, owners, times of
// files, and the configuration that Docker gives it, whatever the tree looks like.
func TestImageAsDocker(t *testing.T) {
	t.Parallel()
	c := dockertest.Require(t)
	reg, token := theRegistry(t)
	auth := docker.Auth{Username: gcp.TokenUser, Password: token}
	run := client(t)
	sweep(t, c, reg.Repository())
	bottom := tree(t, map[string]string{"app/": "", "app/kept.py": "from the runtime", "app/sub/old.py": "", "app/both.py": "of the runtime", "etc/passwd": "app:x:10001:10001::/app:/nologin\n"})
	runtime := reg.Ref(plan.Runtime, "run-1")
	if err := os.WriteFile(filepath.Join(bottom, "Dockerfile"), []byte("FROM scratch\nCOPY etc /etc\nCOPY --chown=10001:10001 app /app\n"+
		"ENV PATH=/env/bin:/bin PORT=1 PYTHONUNBUFFERED=1\nLABEL below=\"1\"\nEXPOSE 9000/udp\nWORKDIR /app\nUSER 10001:10001\nENTRYPOINT [\"old\"]\nCMD [\"old\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run("build", "-q", "-t", runtime, bottom)
	if err := c.Push(t.Context(), runtime, auth); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		at    string
		files map[string]string
	}{
		"an odd tree": {files: map[string]string{
			"wsgi.py": "app = 1\n", "run.sh": "x!#!/bin/sh\n", "setuid": "s!", "both.py": "of the app", "sub/new.py": "1", "empty/": "", "empty/deep/er/": "",
			"with space.py": "", "ünïcode-\u0301.txt": "é", "new\nline": "", "-dash": "", "[b]*.py": "", `back\slash`: "", "dollar$HOME": "", "%41": "", ".hidden": "", "...": "",
			strings.Repeat("long", 30) + "/" + strings.Repeat("name", 40): "long", "twin": "the same", "twin2": "=twin",
			"link": "@wsgi.py", "to-folder": "@sub", "up": "@../etc/passwd", "absolute": "@/etc/passwd", "bytes\xff": "", "big": strings.Repeat("0123456789abcdef", 70_000),
			"node/index.js": "", "node/keep/it.js": "", "node/keep/not.txt": "", "only/deep/kept.py": "", "only/gone.py": "", "gone/a": "", "docs/a.md": "", "docs/README.md": "", "a.pyc": "",
			".dockerignore": "# rules\nnode\n!node/keep\nnode/**/*.txt\n\n  only/*  \n!only/deep/kept.py\n/gone/\n**/*.md\n!docs/README.md\n*.py?\n.dockerignore\n",
		}},
		"all but one": {files: map[string]string{
			"wsgi.py": "", "a/b/c.py": "", "a/b/d.py": "", "e/": "", ".dockerignore": "*\n!a/b/c.py\n",
		}},
		"a folder of it":            {at: "services/ap i", files: map[string]string{"services/ap i/wsgi.py": "1", "libs/x/y.py": "2", ".dockerignore": "*.md"}},
		"a folder that is left out": {at: "services/api", files: map[string]string{"services/api/wsgi.py": "1", "libs/x/y.py": "2", ".dockerignore": "services/api\n"}},
		"nothing":                   {files: map[string]string{"wsgi.py": "", ".dockerignore": "**\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			at := strings.ReplaceAll(tt.at, " ", "-") // templates take no other names
			files := map[string]string{}
			for path, text := range tt.files {
				files[strings.ReplaceAll(path, tt.at, at)] = text
			}
			if tt.at == "" {
				files = tt.files
			}
			dir := workspace(t, tree(t, files), at)
			tag := "run-" + strings.ReplaceAll(name, " ", "-")
			ours, theirs := reg.Ref("hello", tag), reg.Ref("hello", tag+"-docker")
			if err := builder.Image(t.Context(), reg, dir, runtime, ours, io.Discard); err != nil {
				t.Fatal(err)
			}
			if err := c.Pull(t.Context(), ours, auth); err != nil {
				t.Fatal(err)
			}
			run("build", "-q", "-f", filepath.Join(dir, plan.Dir, "main.Dockerfile"), "--build-arg", "RUNTIME="+runtime, "-t", theirs, dir)
			if d := cmp.Diff(exported(t, run, theirs), exported(t, run, ours)); d != "" {
				t.Errorf("files (-Docker +ours):\n%s", d)
			}
			if d := cmp.Diff(configured(t, run, theirs), configured(t, run, ours)); d != "" {
				t.Errorf("configuration (-Docker +ours):\n%s", d)
			}
		})
	}
}

// tree writes files: "dir/" is a folder, "@x" a link, "=x" a hard link, "x!" and "s!" begin
// the text of a program, and of one that runs as its owner.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	var last []func() error // hard links need what they are of
	for name, text := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(at, 0o755)
		case strings.HasPrefix(text, "@"):
			err = os.Symlink(text[1:], at)
		case strings.HasPrefix(text, "="):
			last = append(last, func() error { return os.Link(filepath.Join(dir, text[1:]), at) })
		case strings.HasPrefix(text, "x!"):
			err = os.WriteFile(at, []byte(text[2:]), 0o755)
		case strings.HasPrefix(text, "s!"):
			if err = os.WriteFile(at, nil, 0o755); err == nil {
				err = os.Chmod(at, 0o755|os.ModeSetuid|os.ModeSetgid)
			}
		default:
			err = os.WriteFile(at, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range last {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// exported is a line for each thing in an image.
func exported(t *testing.T, run func(...string) []byte, ref string) map[string]string {
	t.Helper()
	id := strings.TrimSpace(string(run("create", ref, "none")))
	defer run("rm", id)
	all := map[string]string{}
	for r := tar.NewReader(strings.NewReader(string(run("export", id)))); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, r); err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%c %o %d:%d %d %x → %q", h.Typeflag, h.Mode, h.Uid, h.Gid, h.Size, sum.Sum(nil)[:4], h.Linkname)
		if h.Typeflag == tar.TypeReg && strings.HasPrefix(h.Name, "app/") {
			line += " " + h.ModTime.UTC().Format("2006-01-02 15:04:05")
		}
		all[h.Name] = line
	}
}

// configured is what an image says of itself.
func configured(t *testing.T, run func(...string) []byte, ref string) (c map[string]any) {
	t.Helper()
	if err := json.Unmarshal(run("image", "inspect", "--format", "{{json .Config}}", ref), &c); err != nil {
		t.Fatal(err)
	}
	return c
}
