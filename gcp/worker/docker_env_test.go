package worker_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

// TestDockerStepVariables: the real client hands a step's variables on to what its
// arguments name.
func TestDockerStepVariables(t *testing.T) {
	t.Parallel()
	client := dockertest.Require(t)
	log := &syncBuffer{}
	o := dockerOptions(t, client, log)
	tag := "gcpdeploy.local/worker-test:" + strings.ToLower(rand.Text())[:10]
	t.Cleanup(func() {
		if err := client.RemoveImage(context.WithoutCancel(t.Context()), tag); err != nil {
			t.Error(err)
		}
	})
	if err := os.MkdirAll(o.Workspace, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.Workspace, "Dockerfile"), []byte("FROM "+dockertest.Image()+"\nARG WORD\n"+
		"RUN : "+tag+"\n"+ // never cached: secrets are in no cache's key
		"RUN --mount=type=secret,id=s --mount=type=secret,id=TOKEN cat /run/secrets/s /run/secrets/TOKEN > /got && echo $WORD >> /got\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"DOCKER_BUILDKIT=1", "WORD=said", "TOKEN=hush"}
	b := &build{Steps: []*step{
		{Name: worker.DockerBuilder, Env: env, Args: []string{"build", "--secret", "id=s,env=TOKEN", "--secret=id=TOKEN", "--build-arg", "WORD", "-t", tag, "."}},
		{Name: worker.DockerBuilder, Env: env, Args: []string{"run", "--rm", "-e", "WORD", "--env=TOKEN", tag, "sh", "-c", "echo got $(cat /got); echo env $WORD $TOKEN."}},
	}}
	if err := worker.Run(t.Context(), b, nil, o, nil); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	for _, want := range []string{"got hushhushsaid\n", "env said hush.\n"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
}
