package run

import (
	"cmp"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// What a job of ours says of itself, beside what of it is ours (managedKey) and the run
// that wrote it (runKey).
const (
	serviceLabel = "gcpdeploy-service"      // a label: whose job it is
	jobKey       = "gcpdeploy.dev/job"      // an annotation: its name in the configuration
	onceKey      = "gcpdeploy.dev/once"     // an annotation: it was made for one command
	scheduleKey  = "gcpdeploy.dev/schedule" // an annotation: the schedule that is kept for it
	jobsKey      = "gcpdeploy.dev/jobs"     // an annotation of a service that has, or had, jobs
)

// The fields of a job that are ours while the configuration, or the service, has them.
const (
	fieldRetries     = "retries"
	fieldTasks       = "tasks"
	fieldParallelism = "parallelism"
	fieldNetwork     = "network"
	fieldVolumes     = "volumes"
	fieldKey         = "encryption_key"
)

// maxJobName is how long a job's name may be (cloud.google.com/run/docs/create-jobs).
const maxJobName = 49

// jobID is a job's name at Cloud Run: those of two services do not meet.
func jobID(service, job string) string { return service + "-" + job }

func jobName(s release.Spec, id string) string {
	return "projects/" + s.Project + "/locations/" + s.Region + "/jobs/" + id
}

// mergeJob gives a job as it should be sent: observed (nil = there is none) with ours
// set, what we set earlier and no longer want removed, and all else as it is. What its
// service's template has, it has: t is that.
func mergeJob(observed *runpb.Job, d Desired, t *runpb.RevisionTemplate, j config.Job) *runpb.Job {
	s := proto.CloneOf(observed)
	if s == nil {
		s = &runpb.Job{}
	}
	before := managedIn(s.GetAnnotations())
	env := jobVars(t, j)
	now := managed{Fields: jobFields(t, j)}
	for _, v := range env {
		now.Env = append(now.Env, v.GetName())
	}
	s.Client, s.ClientVersion = client, ""
	e := made(&s.Template)
	task := made(&e.Template)
	if len(task.Containers) == 0 {
		task.Containers = []*runpb.Container{{}}
	}
	c := task.Containers[0]
	c.Image, c.Command, c.Args = d.Image, j.Command, nil
	c.Env = mergeVars(c.Env, env, before.Env)
	merge(containerFields, c, container{cpu: j.CPU, memory: j.Memory}, before)
	if c.Resources != nil {
		c.Resources.CpuIdle = false // a job has its CPU while it runs
	}
	set := func(field string, to, none func()) {
		switch {
		case now.has(field):
			to()
		case before.has(field):
			none()
		}
	}
	set(fieldTasks, func() { e.TaskCount = int32(j.Tasks) }, func() { e.TaskCount = 0 })
	set(fieldParallelism, func() { e.Parallelism = int32(j.Parallelism) }, func() { e.Parallelism = 0 })
	set(fieldRetries, func() { task.Retries = &runpb.TaskTemplate_MaxRetries{MaxRetries: int32(retries(j))} }, func() { task.Retries = nil })
	set(fieldTimeout, func() { task.Timeout = durationpb.New(time.Duration(j.TimeoutSeconds) * time.Second) }, func() { task.Timeout = nil })
	if account := cmp.Or(j.ServiceAccount, t.GetServiceAccount()); account != "" { // a service that is there has one
		task.ServiceAccount = account
	}
	set(fieldNetwork, func() { task.VpcAccess = t.GetVpcAccess() }, func() { task.VpcAccess = nil })
	set(fieldKey, func() { task.EncryptionKey = t.GetEncryptionKey() }, func() { task.EncryptionKey = "" })
	set(fieldVolumes, func() { task.Volumes, c.VolumeMounts = t.GetVolumes(), serving(t).GetVolumeMounts() },
		func() { task.Volumes, c.VolumeMounts = nil, nil })
	annotate(&s.Labels, serviceLabel, d.Service)
	annotate(&s.Annotations, jobKey, j.Name)
	annotate(&s.Annotations, managedKey, now.String())
	annotate(&s.Annotations, runKey, d.Run.String())
	return s
}

// jobFields are those that will be ours.
func jobFields(t *runpb.RevisionTemplate, j config.Job) (fields []string) {
	for _, f := range []struct {
		name string
		set  bool
	}{
		{fieldCPU, j.CPU != ""}, {fieldKey, t.GetEncryptionKey() != ""}, {fieldMemory, j.Memory != ""}, {fieldNetwork, t.GetVpcAccess() != nil},
		{fieldParallelism, j.Parallelism != 0}, {fieldRetries, retries(j) >= 0},
		{fieldTasks, j.Tasks != 0}, {fieldTimeout, j.TimeoutSeconds != 0}, {fieldVolumes, len(t.GetVolumes()) > 0},
	} {
		if f.set {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// retries is how often a task that failed is tried again; -1 = as Cloud Run does. What
// runs before traffic is not, unless somebody says so: a migration that failed half way
// is nobody's to run again.
func retries(j config.Job) int {
	switch {
	case j.Retries != nil:
		return *j.Retries
	case j.BeforeTraffic:
		return 0
	}
	return -1
}

// jobVars are the variables of a job: its service's, and its own, which hold.
func jobVars(t *runpb.RevisionTemplate, j config.Job) (all []*runpb.EnvVar) {
	own, mine := map[string]bool{}, vars(j.Env, j.Secrets)
	for _, v := range mine {
		own[v.GetName()] = true
	}
	for _, v := range serving(t).GetEnv() {
		if !own[v.GetName()] {
			all = append(all, v)
		}
	}
	return append(all, mine...)
}

// serving is the container of a template that gets the requests; it changes nothing.
func serving(t *runpb.RevisionTemplate) *runpb.Container {
	if len(t.GetContainers()) == 0 {
		return nil
	}
	return ingress(t)
}

// sameJob says whether a job is as it should be sent. Which run wrote it does not matter.
func sameJob(observed, merged *runpb.Job) bool {
	return observed != nil && proto.Equal(wantedJob(observed), wantedJob(merged))
}

// wantedJob is the part of a job that says what is wanted.
func wantedJob(j *runpb.Job) *runpb.Job {
	j = proto.CloneOf(j)
	stripOutput(j.ProtoReflect())
	j.Name, j.Etag, j.Client, j.ClientVersion = "", "", "", ""
	annotate(&j.Annotations, runKey, "")
	for _, c := range j.GetTemplate().GetTemplate().GetContainers() {
		if c.Resources != nil && proto.Size(c.Resources) == 0 {
			c.Resources = nil
		}
	}
	return j
}

// ofService says whether a job was made for a service: a label alone others may set.
func ofService(j *runpb.Job, service string) bool {
	notes := j.GetAnnotations()
	return j.GetLabels()[serviceLabel] == service && (notes[jobKey] != "" || notes[onceKey] != "")
}
