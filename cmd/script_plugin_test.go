package cmd_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// pluginImage is the builder image, as CI systems run it.
var pluginImage = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp(suite.dir, "image-")
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM scratch\nCOPY gcpdeploy /gcpdeploy\nENTRYPOINT [\"/gcpdeploy\"]\n"), 0o600); err != nil {
		return "", err
	}
	if err := os.Link(filepath.Join(suite.dir, "bin", "gcpdeploy"), filepath.Join(dir, "gcpdeploy")); err != nil {
		return "", err
	}
	command, err := docker.Command(context.Background())
	if err != nil {
		return "", err
	}
	c := exec.Command(command, "build", "-q", dir)
	c.Env, c.Stderr = append(os.Environ(), "DOCKER_BUILDKIT=1"), os.Stderr
	id, err := c.Output() // stderr has what the client says besides
	return strings.TrimSpace(string(id)), err
})

// dockerBuilder is an image that stands for Google's docker builder, which tests do
// not pull.
var dockerBuilder = sync.OnceValues(func() (string, error) {
	const ref = "gcpdeploy.local/docker-builder:script"
	d, err := docker.New()
	if err != nil {
		return "", err
	}
	command, err := docker.Command(context.Background())
	if err != nil {
		return "", err
	}
	return ref, d.ClientImage(context.Background(), command, ref)
})

// usePlugin runs the builder image without arguments, as Drone does: in the checkout,
// with settings and what CI says of the event. It has this machine's network and the
// emulators' variables, and with docker before the settings its Docker.
func usePlugin(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) > 1, "plugin [docker] FOLDER NAME=VALUE…")
	image, err := pluginImage()
	if err != nil {
		ts.Fatalf("the builder image: %v %s", err, image)
	}
	run := []string{"run", "--rm", "--network=host"}
	if args[0] == "docker" {
		args = args[1:]
		builder, err := dockerBuilder()
		ts.Check(err)
		run = append(run, "--volume=/var/run/docker.sock:/var/run/docker.sock", "--env=GCPDEPLOY_DOCKER_BUILDER="+builder)
	}
	dir, set := ts.MkAbs(args[0]), map[string]string{}
	run = append(run, "--volume="+dir+":/drone/src", "--workdir=/drone/src")
	for _, name := range []string{"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"} {
		if file := ts.Getenv(name); file != "" {
			run = append(run, "--volume="+file+":"+file+":ro")
			set[name] = file
		}
	}
	ts.Check(ts.Exec("gcpdeploy", "local", "status", "--json"))
	var st struct {
		URL       string
		TokenFile string `json:"token_file"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &st))
	set["GCPDEPLOY_ENDPOINT"], set["CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"] = st.URL, st.TokenFile
	run = append(run, "--volume="+st.TokenFile+":"+st.TokenFile+":ro")
	for _, name := range []string{"GCPDEPLOY_BASE_IMAGE", "GCPDEPLOY_PYTHON", "GCPDEPLOY_RUN_ALLOW_UNAUTHENTICATED"} {
		set["PLUGIN_"+strings.TrimPrefix(name, "GCPDEPLOY_")] = ts.Getenv(name)
	}
	for name, value := range set {
		run = append(run, "--env="+name+"="+value)
	}
	for _, setting := range args[1:] {
		run = append(run, "--env="+setting)
	}
	err = ts.Exec("docker", append(run, image)...)
	if (err == nil) == neg {
		ts.Fatalf("the plugin ended with %v", err)
	}
}
