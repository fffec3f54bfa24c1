package appengine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// port is the one that every container listens on.
const port = 8080

var _ container.Maker = (*instance)(nil)

// agent is the flexible environment's own account in a project, which pulls images.
func agent(project string) string {
	return "serviceAccount:service-" + frame.ProjectNumber(project) + "@gae-api-prod.google.com.iam.gserviceaccount.com"
}

// Terms implements container.Maker. A start is asked more often than the check's
// interval says: it adds no wait of its own.
func (in *instance) Terms() container.Terms {
	check := checkOf(in.of.doc)
	return container.Terms{
		Name: in.of.name(), Port: port, Limit: check.start, Times: check.successes, Grace: grace,
		Memory: fmt.Sprintf("%g GB", memoryOf(in.of.doc)), Log: in.of.log(), Refuse: refuse,
	}
}

func (v *live) log() container.Log {
	return container.Log(filepath.Join(v.srv.logs, v.project, v.service, v.id+".log"))
}

// Make gives the container.
func (in *instance) Make(ctx context.Context) (container.Pod, error) {
	s, v := in.of.srv, in.of
	if err := s.Faults.Take(ctx, "Start"); err != nil {
		return container.Pod{}, in.Unready(err.Error())
	}
	id, ref, err := s.host.Image(ctx, v.project, imageOf(v.doc))
	switch errs.KindOf(err) {
	case errs.NotFound, errs.Auth:
		if err != nil {
			return container.Pod{}, status.Errorf(codes.FailedPrecondition, "Container image %s could not be pulled: %v", ref, err)
		}
	}
	if err != nil {
		return container.Pod{}, in.Failed("pulling the image "+ref, err)
	}
	resources, _ := v.doc["resources"].(document)
	cpu, ok := resources["cpu"].(float64)
	if !ok {
		cpu = 1
	}
	return container.Alone(docker.Container{
		Image: id, Name: "gcpdeploy-" + in.id, Env: in.env(), PublishPort: port,
		Labels: map[string]string{docker.Label: s.stateID, labelVersion: v.name(), labelInstance: in.id},
		Memory: int64(memoryOf(v.doc) * (1 << 30)), CPUs: container.CPUs(cpu),
	}), nil
}

// env is what the platform sets, and the version's own.
// Source: cloud.google.com/appengine/docs/flexible/python/runtime.
func (in *instance) env() []string {
	v := in.of
	env := []string{
		"PORT=" + strconv.Itoa(port), "GAE_SERVICE=" + v.service, "GAE_VERSION=" + v.id, "GAE_INSTANCE=" + in.id, "GAE_ENV=flex",
		"GAE_APPLICATION=" + v.project, "GAE_DEPLOYMENT_ID=" + strconv.FormatInt(in.started.UnixNano(), 10),
		"GAE_MEMORY_MB=" + strconv.Itoa(int(memoryOf(v.doc)*1024)), "GCLOUD_PROJECT=" + v.project, "GOOGLE_CLOUD_PROJECT=" + v.project,
	}
	own, _ := v.doc["envVariables"].(document)
	for _, name := range slices.Sorted(maps.Keys(own)) {
		env = append(env, fmt.Sprintf("%s=%v", name, own[name]))
	}
	return env
}

func imageOf(doc document) string {
	deployment, _ := doc["deployment"].(document)
	c, _ := deployment["container"].(document)
	image, _ := c["image"].(string)
	return image
}

// memoryOf is a version's memory in GB.
func memoryOf(doc document) float64 {
	resources, _ := doc["resources"].(document)
	if gb, ok := resources["memoryGb"].(float64); ok && gb > 0 {
		return gb
	}
	return 0.6
}

// check is what a version is asked before it gets traffic.
type check struct {
	path, host     string
	timeout, start time.Duration
	successes      int
}

func checkOf(doc document) check {
	said, _ := doc["readinessCheck"].(document)
	c := check{timeout: seconds(said["timeout"], 4*time.Second), start: seconds(said["appStartTimeout"], 5*time.Minute), successes: 2}
	c.path, _ = said["path"].(string)
	c.host, _ = said["host"].(string)
	if n, ok := said["successThreshold"].(float64); ok && n > 0 {
		c.successes = int(n)
	}
	return c
}

// seconds is a duration as the API writes it: "5s".
func seconds(v any, otherwise time.Duration) time.Duration {
	text, _ := v.(string)
	if d, err := time.ParseDuration(text); err == nil && d > 0 && strings.HasSuffix(text, "s") {
		return d
	}
	return otherwise
}

// Ready asks the readiness check's path, where there is one: without, a version that
// listens is healthy, whatever it answers.
func (in *instance) Ready(ctx context.Context, base string) error {
	c := checkOf(in.of.doc)
	if c.path == "" {
		return nil
	}
	var header http.Header
	if c.host != "" {
		header = http.Header{"Host": {c.host}}
	}
	return container.Get(ctx, base, c.path, header, c.timeout, http.StatusOK)
}

// Exited is a container that crashes: its last lines are the error's.
func (in *instance) Exited(int) error {
	var text strings.Builder
	for _, l := range in.of.log().Tail(30) {
		if l.Stream != container.System {
			text.WriteString("\n" + l.Text)
		}
	}
	return status.Error(codes.FailedPrecondition, "Application startup error! Code: APP_CONTAINER_CRASHED"+text.String())
}

// Unready is a container that does not get healthy.
func (in *instance) Unready(detail string) error {
	return unready{status.Errorf(codes.DeadlineExceeded, "Flex operation projects/%s/regions/%s/operations/%s error [DEADLINE_EXCEEDED]: An internal error occurred while processing task "+
		"/app-engine-flex/flex_await_healthy/flex_await_healthy>%s: Your deployment has failed to become healthy in the allotted time and therefore was rolled back. "+
		"If you believe this was an error, try adjusting the 'app_start_timeout_sec' setting in the 'readiness_check' section.",
		in.of.project, in.of.srv.regionOf(in.of.project), newID(), in.of.srv.now().UTC().Format(time.RFC3339)), detail}
}

// unready has more to say in the container's log.
type unready struct {
	error
	detail string
}

func (u unready) Details() string { return u.detail }
func (u unready) Unwrap() error   { return u.error }

// Failed is what could not be done to a container.
func (in *instance) Failed(doing string, err error) error {
	if errors.Is(err, container.ErrNoDocker) {
		return status.Error(codes.Internal, "The emulator has no Docker to run versions on.")
	}
	return status.Errorf(codes.Internal, "The emulator failed in %s: %v", doing, err)
}

// refuse answers as the front end does where the container gives no answer.
func refuse(w http.ResponseWriter, _ *http.Request, _ error) {
	http.Error(w, "Error: Server Error\n\nThe server encountered a temporary error and could not complete your request.\n\nPlease try again in 30 seconds.", http.StatusBadGateway)
}
