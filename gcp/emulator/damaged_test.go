package emulator_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// furnished is a state folder with one of each thing that services keep.
func furnished(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: dir, Executor: echo{}})
	if err != nil {
		t.Fatal(err)
	}
	const at = "/v1/projects/my-project"
	for _, c := range [][2]string{
		{"/storage/v1/b?project=my-project", `{"name":"my-bucket"}`},
		{"/upload/storage/v1/b/my-bucket/o?uploadType=media&name=an-object", `{}`},
		{"/upload/storage/v1/b/my-bucket/o?uploadType=resumable&name=another", `{}`},
		{at + "/locations/europe-west1/repositories?repositoryId=images", `{"format":"DOCKER"}`},
		{at + "/secrets?secretId=a-secret", `{"replication":{"automatic":{}}}`},
		{"/v2/projects/my-project/locations/europe-west1/services?serviceId=hello", `{"template":{"containers":[{"image":"127.0.0.1:1/my-project/images/x:1"}]}}`},
		{at + ":setIamPolicy", `{"policy":{"bindings":[{"role":"roles/viewer","members":["user:ada@example.com"]}]}}`},
		{at + "/serviceAccounts", `{"accountId":"an-account"}`},
		{at + "/services/run.googleapis.com:disable", `{}`},
		{at + "/services/run.googleapis.com:enable", `{}`},
		{at + "/builds", `{"steps":[{"name":"x"}]}`},
	} {
		if resp := request(t, s, "POST", c[0], c[1], "Content-Type: application/json"); resp.StatusCode != 200 {
			why, _ := io.ReadAll(resp.Body)
			t.Fatalf("%s: %s %s", c[0], resp.Status, why)
		}
	}
	stop(t, s)
	return dir
}

// records are the state files that say what there is, relative to the folder.
func records(t *testing.T, dir string) (found []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".json" && !strings.HasPrefix(path, "docker/") {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestDamagedState: lost power may leave any file cut or empty. That one is set
// aside and named, all else is as it was.
func TestDamagedState(t *testing.T) {
	t.Parallel()
	whole := furnished(t)
	all := records(t, whole)
	if len(all) < 12 {
		t.Fatalf("too little is kept for this test: %q", all)
	}
	for _, path := range all {
		for name, damage := range map[string]string{"empty": "", "cut": `{"na`, "of another": `{"name":"x","id":"x"}`} {
			t.Run(path+" "+name, func(t *testing.T) {
				t.Parallel()
				dir := filepath.Join(t.TempDir(), "state")
				if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, path), []byte(damage), 0o600); err != nil {
					t.Fatal(err)
				}
				said := restart(t, dir)
				if strings.Contains(path, "/operations/") { // over, and of no use to anybody
					return
				}
				if aside, err := os.ReadFile(filepath.Join(dir, path+".damaged")); err != nil || string(aside) != damage {
					t.Errorf("set aside: %q, %v", aside, err)
				}
				if !strings.Contains(said, filepath.Join(dir, path)+".damaged") {
					t.Errorf("not named in %q", said)
				}
				left := strings.Join(records(t, dir), "\n")
				for _, other := range all {
					if other != path && !strings.Contains(left, other) {
						t.Errorf("%s went, too", other)
					}
				}
				if said := restart(t, dir); strings.Contains(said, "damaged") {
					t.Errorf("said again: %s", said)
				}
			})
		}
	}
}

// restart starts emulators on a folder and ends them, and gives what they warned of.
func restart(t *testing.T, dir string) string {
	t.Helper()
	var said bytes.Buffer
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: dir, Log: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, s)
	return said.String()
}

// TestDamagedFolder: what cannot be set aside is an error with the way out.
func TestDamagedFolder(t *testing.T) {
	t.Parallel()
	dir := furnished(t)
	build := filepath.Join(dir, records(t, dir)[0])
	if err := os.Remove(build); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(build, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := emulator.Start(t.Context(), emulator.Options{Dir: dir})
	if err == nil || !strings.Contains(errs.HintOf(err), "gcpdeploy local stop --purge") {
		t.Errorf("got %v, hint %q", err, errs.HintOf(err))
	}
}
