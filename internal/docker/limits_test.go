package docker_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

// TestContainerLimits: no container can fill the machine with processes, or its
// disk with a log.
func TestContainerLimits(t *testing.T) {
	asked := make(chan []byte, 1)
	engine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		if strings.HasSuffix(r.URL.Path, "/containers/create") {
			var body bytes.Buffer
			_, _ = body.ReadFrom(r.Body)
			asked <- body.Bytes()
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{"Id":"x"}`))
		}
	}))
	defer engine.Close()
	t.Setenv("DOCKER_HOST", "tcp://"+engine.Listener.Addr().String())
	c, err := docker.New()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Create(t.Context(), docker.Container{Image: "x"}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		HostConfig struct {
			PidsLimit int64
			LogConfig struct {
				Type   string
				Config map[string]string
			}
		}
	}
	if err := json.Unmarshal(<-asked, &got); err != nil {
		t.Fatal(err)
	}
	if h := got.HostConfig; h.PidsLimit != docker.MaxPids || h.LogConfig.Type != "json-file" || h.LogConfig.Config["max-size"] == "" || h.LogConfig.Config["max-file"] == "" {
		t.Errorf("%+v", h)
	}
}

// TestContainerLimitsHold asks a container what it may start, and reads a log that
// was rotated once to its end.
func TestContainerLimitsHold(t *testing.T) {
	t.Parallel()
	c := dockertest.Require(t)
	k := docker.Container{Image: dockertest.Image(), Labels: dockertest.Labels(t, c), Entrypoint: []string{"sh", "-c"},
		Cmd: []string{"cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null; true"}}
	var said bytes.Buffer
	if _, err := c.Run(t.Context(), k, &said, nil); err != nil || strings.TrimSpace(said.String()) != strconv.Itoa(docker.MaxPids) {
		t.Errorf("%q %v", said.String(), err)
	}
	k.Cmd = []string{"line=$(head -c 8000 /dev/zero | tr '\\0' x); i=0; while [ $i -lt 3000 ]; do echo $i $line; i=$((i+1)); done"}
	id, err := c.Create(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Wait(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if err := c.LogStream(t.Context(), id, docker.LogOptions{Follow: true}, &log, nil); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(log.Bytes(), []byte("\n")); n != 3000 || !bytes.HasPrefix(log.Bytes(), []byte("0 xx")) {
		t.Errorf("%d lines of 3000", n)
	}
}
