package e2e

import (
	"archive/tar"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// manifestOf is what a wheels image says of a resolution: its packages are large enough
// for layers of their own.
func manifestOf(resolution []byte) (string, error) {
	m := map[string]any{}
	if err := json.Unmarshal(resolution, &m); err != nil {
		return "", err
	}
	m["magic"], m["python"], m["implementation"] = "a70d0d0a", "3.12.1", "cpython"
	packages, _ := m["packages"].([]any)
	for _, p := range packages {
		p.(map[string]any)["size"], p.(map[string]any)["file"] = 2<<20, p.(map[string]any)["name"]
	}
	text, err := json.Marshal(m)
	return string(text), err
}

// install is the docker build that leaves what it installed as a tar. A package is the
// same in each, the rest is this build's.
func (s *script) install(r worker.StepRequest) error {
	var asked []struct {
		Key, Name string
		There     bool
	}
	if err := readJSON(filepath.Join(r.Options.Workspace, plan.ChosenLayers), &asked); err != nil {
		return err
	}
	files, keys := [][2]string{{"skeleton/env/pyvenv.cfg", "home"}, {"rest/env/nonce", r.Build}, {"top/env/requirements.lock", "lock"}}, []string{}
	for _, l := range asked {
		keys = append(keys, l.Key)
		if !l.There {
			files = append(files, [2]string{"layers/" + l.Key + "/env/" + l.Name, l.Key})
		}
	}
	list, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(r.Options.Workspace, plan.InstalledTree))
	if err != nil {
		return err
	}
	defer f.Close()
	w := tar.NewWriter(f)
	for _, file := range append(files, [2]string{"layers.json", string(list)}) {
		if err := w.WriteHeader(&tar.Header{Name: file[0], Mode: 0o644, Size: int64(len(file[1]))}); err != nil {
			return err
		}
		if _, err := w.Write([]byte(file[1])); err != nil {
			return err
		}
	}
	return w.Close()
}

// pull is what Docker does with an image that only the registry has.
func (s *script) pull(r worker.StepRequest, ref string) (digest string, err error) {
	from, err := name.ParseReference(ref)
	if err != nil {
		return "", err
	}
	auth, err := auth(filepath.Join(r.Options.Home, ".config", "access_token"))
	if err != nil {
		return "", err
	}
	d, err := remote.Head(from, remote.WithAuth(auth))
	if err != nil {
		return "", err
	}
	return d.Digest.String(), nil
}

// TestSharedLayers: a package that two apps have is made and sent once.
func TestSharedLayers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.run(t.Context(), w.app).wait(t, 0)
	other := w.newApp(t, "other", "two")
	if err := os.WriteFile(filepath.Join(other, "requirements.txt"), []byte("flask==3.0.0\nscipy==1.16.3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u := w.run(t.Context(), other)
	u.wait(t, 0)
	u.says(t, "layers: flask 3.0.0 shared; none is to be made")
	if tags := w.keyTags(t, plan.Layers); len(tags) != 1 {
		t.Errorf("the layers are %v", tags)
	}
}
