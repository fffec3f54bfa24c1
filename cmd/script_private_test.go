package cmd_test

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/testindex"
)

// indexServer is the program that serves an index, made once.
var indexServer = sync.OnceValues(func() (string, error) {
	path := filepath.Join(suite.dir, "bin", "testindex")
	c := exec.Command("go", "build", "-trimpath", "-o", path, "../internal/testindex/serve")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the index: %w\n%s", err, out)
	}
	return path, nil
})

// servePrivate serves pure wheels, version 1.0, from a container that wants a
// login, and keeps its address in the variable.
func servePrivate(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 3, "private VARIABLE USER PASSWORD PROJECT…")
	ts.Setenv(args[0], serveWheels(ts, args[3:], docker.Container{Env: []string{"INDEX_LOGIN=" + args[1] + ":" + args[2]}}))
}

// serveWheels runs a container that serves pure wheels of projects, version 1.0, and
// gives its address.
func serveWheels(ts *testscript.TestScript, projects []string, c docker.Container) (address string) {
	program, err := indexServer()
	ts.Check(err)
	root := ts.MkAbs("index-" + projects[0])
	ts.Check(os.Mkdir(root, 0o755))
	for _, project := range projects {
		name, data := testindex.Wheel(project, "1.0", nil, map[string][]byte{project + ".py": []byte("version = '1.0'\n")})
		ts.Check(os.WriteFile(filepath.Join(root, name), data, 0o644))
	}
	ctx := context.Background()
	engine, err := docker.New()
	ts.Check(err)
	c.Image, c.Entrypoint, c.Labels = dockertest.Image(), []string{"/serve", ":8000", "/srv"}, map[string]string{docker.Label: "test-index"}
	c.Binds = append(c.Binds, root+":/srv:ro", program+":/serve:ro")
	id, err := engine.Create(ctx, c)
	ts.Check(err)
	ts.Defer(func() {
		_ = engine.Remove(context.WithoutCancel(ctx), id)
		_ = engine.Close()
	})
	ts.Check(engine.Start(ctx, id))
	state, err := engine.Inspect(ctx, id)
	ts.Check(err)
	return state.IP
}

// hidden looks for secrets, as they are and as an HTTP header has them with the
// user "u", in all that the script's runs have left: the state of its emulators
// (sources, logs, messages, layers, manifests), apart from Secret Manager's own and
// the emulators' token; the images in Docker with their history; and the folder out/. Archives are
// looked into. What comes after -- is no secret: it is looked for as well, printed with where it is,
// and fails nothing.
func hidden(ts *testscript.TestScript, neg bool, args []string) {
	at := slices.Index(args, "--")
	usage(ts, !neg && at > 0, "hidden SECRET… -- TEXT…")
	s := &search{ts: ts, texts: args[at+1:]}
	for _, secret := range args[:at] {
		s.secrets = append(s.secrets, secret, base64.StdEncoding.EncodeToString([]byte("u:"+secret)))
	}
	state := ts.Getenv("GCPDEPLOY_STATE_DIR")
	s.folder(state, filepath.Join(state, "local", "state", "secretmanager"), filepath.Join(state, "local", "state", "token"))
	s.folder(ts.MkAbs("out"))
	s.images(filepath.Join(state, "local", "state", "port"))
	fmt.Fprintln(ts.Stdout(), strings.Join(s.found, "\n"))
	if len(s.shown) > 0 {
		ts.Fatalf("found: %q", s.shown)
	}
}

type search struct {
	ts      *testscript.TestScript
	secrets []string
	shown   []string // of them, and where
	texts   []string
	found   []string // of those
}

func (s *search) folder(root string, without ...string) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(without, path):
			return filepath.SkipDir
		case slices.Contains(without, path):
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return s.read(path, f)
	})
	s.ts.Check(err)
}

// read looks through a stream, unpacked where it is compressed.
func (s *search) read(name string, r io.Reader) error {
	b := bufio.NewReaderSize(r, 1<<20)
	if magic, err := b.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return err
		}
		return s.read(name, z)
	}
	buffer, kept := make([]byte, 1<<20), 0
	for {
		n, err := b.Read(buffer[kept:])
		text := buffer[:kept+n]
		s.shown = append(s.shown, in(text, s.secrets, name)...)
		s.found = append(s.found, in(text, s.texts, name)...)
		kept = copy(buffer, text[max(0, len(text)-200):]) // a secret may lie across
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func in(text []byte, all []string, name string) (found []string) {
	for _, one := range all {
		if bytes.Contains(text, []byte(one)) {
			found = append(found, one+" is in "+name)
		}
	}
	return found
}

// images looks into the emulators' images as Docker has them.
func (s *search) images(port string) {
	data, err := os.ReadFile(port)
	s.ts.Check(err)
	ctx := context.Background()
	engine, err := docker.New()
	s.ts.Check(err)
	defer engine.Close()
	refs, err := engine.Images(ctx, "127.0.0.1:"+strings.TrimSpace(string(data))+"/")
	s.ts.Check(err)
	command, err := docker.Command(ctx)
	s.ts.Check(err)
	output := func(args ...string) []byte {
		out, err := exec.CommandContext(ctx, command, args...).Output()
		s.ts.Check(err)
		return out
	}
	for _, ref := range refs {
		s.ts.Check(s.read("the history of "+ref, bytes.NewReader(output("history", "--no-trunc", ref))))
		s.ts.Check(s.read("the configuration of "+ref, bytes.NewReader(output("image", "inspect", ref))))
	}
	save := exec.CommandContext(ctx, command, append([]string{"save"}, refs...)...)
	out, err := save.StdoutPipe()
	s.ts.Check(err)
	s.ts.Check(save.Start())
	for saved := tar.NewReader(out); ; {
		h, err := saved.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		s.ts.Check(err)
		s.ts.Check(s.read("a saved image's "+h.Name, saved))
	}
	_, err = io.Copy(io.Discard, out)
	s.ts.Check(err)
	s.ts.Check(save.Wait())
}
