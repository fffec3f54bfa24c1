package job

import (
	"math/big"
	"regexp"
	"strings"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/genproto/googleapis/api"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run/check"
)

// Limits (cloud.google.com/run/quotas and the protos' comments).
const (
	maxID      = 49 // of a job: its executions' names are longer
	maxTasks   = 10_000
	maxRetries = 10
	maxTimeout = 168 * time.Hour
)

var (
	imageRef = regexp.MustCompile(`^[a-zA-Z0-9][-a-zA-Z0-9.]*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[A-Za-z0-9_][-A-Za-z0-9_.]{0,127})?(@sha256:[0-9a-f]{64})?$`)
)

// validate refuses what Cloud Run refuses in a job as the user wants it.
func validate(id string, j *runpb.Job) error {
	if !jobID.MatchString(id) || len(id) > maxID {
		return invalid("job.name", "job id %q must use only lowercase letters, digits and hyphens, begin with a letter, not end with a hyphen, and have at most %d characters", id, maxID)
	}
	if err := check.Meta("job", j.GetLabels(), j.GetAnnotations()); err != nil {
		return err
	}
	e := j.GetTemplate()
	t := e.GetTemplate()
	switch {
	case t == nil:
		return invalid("job.template.template", "is required")
	case j.GetCreateExecution() != nil:
		return status.Error(codes.Unimplemented, "execution tokens are not emulated")
	}
	if err := check.Meta("job.template", e.GetLabels(), e.GetAnnotations()); err != nil {
		return err
	}
	switch n := e.GetTaskCount(); {
	case n < 0 || n > maxTasks:
		return invalid("job.template.task_count", "must be between 1 and %d", maxTasks)
	case e.GetParallelism() < 0 || e.GetParallelism() > max(n, 1):
		return invalid("job.template.parallelism", "must be between 0 and task_count, %d", max(n, 1))
	}
	return validateTask(t)
}

func validateTask(t *runpb.TaskTemplate) error {
	const field = "job.template.template"
	if n := t.GetMaxRetries(); n < 0 || n > maxRetries {
		return invalid(field+".max_retries", "must be between 0 and %d", maxRetries)
	}
	if err := validateTimeout(field, t.GetTimeout()); err != nil {
		return err
	}
	switch {
	case len(t.GetContainers()) == 0:
		return invalid(field+".containers", "at least one container is required")
	case len(t.GetContainers()) > 1:
		return status.Error(codes.Unimplemented, "sidecar containers of jobs are not emulated")
	case t.GetNodeSelector() != nil:
		return status.Error(codes.Unimplemented, "GPUs are not emulated")
	}
	for _, v := range t.GetVolumes() {
		if v.GetCloudSqlInstance() == nil && v.GetEmptyDir() == nil {
			return status.Errorf(codes.Unimplemented, "the volume %s: only Cloud SQL's, of which nothing is mounted, and empty folders are emulated in jobs", v.GetName())
		}
	}
	return validateContainer(field+".containers[0]", t.GetContainers()[0])
}

func validateTimeout(field string, d *durationpb.Duration) error {
	if d != nil && (!d.IsValid() || d.AsDuration() < time.Second || d.AsDuration() > maxTimeout) {
		return invalid(field+".timeout", "must be between 1s and %ds", int(maxTimeout.Seconds()))
	}
	return nil
}

func validateContainer(field string, c *runpb.Container) error {
	image := c.GetImage()
	switch {
	case image == "":
		return invalid(field+".image", "is required")
	case !imageRef.MatchString(image):
		return invalid(field+".image", "expected a container image path with registry, repository and tag or digest, not %q", image)
	case !strings.Contains(image, "@") && !strings.Contains(short(image), ":"):
		return invalid(field+".image", "%q has neither a tag nor a digest", image)
	case len(c.GetPorts()) > 0:
		return invalid(field+".ports", "a job listens on no port")
	case c.GetLivenessProbe() != nil || c.GetStartupProbe() != nil || c.GetReadinessProbe() != nil:
		return invalid(field, "probes are not supported in a job of one container")
	case c.GetSourceCode() != nil || c.GetBaseImageUri() != "":
		return status.Error(codes.Unimplemented, "source deployments are not emulated")
	}
	if err := check.Env(field+".env", c.GetEnv(), reserved); err != nil {
		return err
	}
	limits := map[string]float64{"cpu": 1, "memory": 512 << 20}
	for name, text := range c.GetResources().GetLimits() {
		n, ok := quantity(text)
		if _, known := limits[name]; !known || !ok {
			return invalid(field+".resources.limits", "%q: %q is not supported", name, text)
		}
		limits[name] = n
	}
	cpu, memory := limits["cpu"], limits["memory"]
	switch {
	case cpu != 1 && cpu != 2 && cpu != 4 && cpu != 6 && cpu != 8:
		return invalid(field+".resources.limits.cpu", "must be 1, 2, 4, 6 or 8 in a job")
	case memory < 512<<20 || memory > 32<<30 || memory > max(4, 4*cpu)*(1<<30) || cpu >= 4 && memory < 2<<30 || cpu >= 6 && memory < 4<<30:
		return invalid(field+".resources.limits.memory", "does not go with %g CPU", cpu)
	}
	return nil
}

// reserved says whether the system sets a variable.
func reserved(name string) bool {
	return strings.HasPrefix(name, "CLOUD_RUN_") || strings.HasPrefix(name, "X_GOOGLE_")
}

// fill completes a wanted job as Cloud Run answers it.
func fill(project string, j *runpb.Job) {
	if j.LaunchStage == api.LaunchStage_LAUNCH_STAGE_UNSPECIFIED {
		j.LaunchStage = api.LaunchStage_GA
	}
	e, t := j.Template, j.Template.Template
	if e.TaskCount == 0 {
		e.TaskCount = 1
	}
	if t.Retries == nil {
		t.Retries = &runpb.TaskTemplate_MaxRetries{MaxRetries: 3}
	}
	if t.Timeout == nil {
		t.Timeout = durationpb.New(10 * time.Minute)
	}
	if t.ServiceAccount == "" {
		t.ServiceAccount = frame.ComputeAccount(project)
	}
	if t.ExecutionEnvironment == runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_UNSPECIFIED {
		t.ExecutionEnvironment = runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN2
	}
	c := t.Containers[0]
	if c.Resources == nil {
		c.Resources = &runpb.ResourceRequirements{}
	}
	limits := map[string]string{"cpu": "1000m", "memory": "512Mi"}
	for k, v := range c.Resources.Limits {
		limits[k] = v
	}
	c.Resources.Limits = limits
}

var (
	amount = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)(m|k|M|G|Ki|Mi|Gi)?$`)
	units  = map[string]*big.Rat{"": big.NewRat(1, 1), "m": big.NewRat(1, 1000), "k": big.NewRat(1e3, 1), "M": big.NewRat(1e6, 1),
		"G": big.NewRat(1e9, 1), "Ki": big.NewRat(1<<10, 1), "Mi": big.NewRat(1<<20, 1), "Gi": big.NewRat(1<<30, 1)}
)

// quantity reads a Kubernetes quantity such as 500m, 2 or 512Mi.
func quantity(s string) (float64, bool) {
	m := amount.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, ok := new(big.Rat).SetString(m[1])
	if !ok {
		return 0, false
	}
	f, _ := n.Mul(n, units[m[2]]).Float64()
	return f, true
}
