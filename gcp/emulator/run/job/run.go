package job

import (
	"context"
	"maps"
	"slices"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run/check"
)

// RunJob implements the API: the operation is done when the execution is.
func (s *Server) RunJob(ctx context.Context, req *runpb.RunJobRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "RunJob"); err != nil {
		return nil, err
	}
	l, _, err := parse(req.GetName(), "jobs")
	if err != nil {
		return nil, err
	}
	if req.GetOverrides() != nil {
		if err := s.allow(ctx, l, "run.jobs.runWithOverrides", req.GetName()); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[req.GetName()]
	if j == nil {
		return nil, notFound("JOB", req.GetName())
	}
	if err := j.checkEtag(req.GetEtag()); err != nil {
		return nil, err
	}
	e, err := s.execution(j, req.GetOverrides())
	if err != nil {
		return nil, err
	}
	if req.GetValidateOnly() {
		return s.done(l, e.pb), nil
	}
	s.executions[e.pb.GetName()] = e
	j.pb.ExecutionCount++
	j.pb.LatestCreatedExecution = &runpb.ExecutionReference{Name: e.pb.GetName(), CreateTime: e.pb.GetCreateTime(),
		CompletionStatus: runpb.ExecutionReference_EXECUTION_RUNNING}
	j.tag()
	s.save(j)
	s.saveExecution(e)
	o := &operation{execution: e, pb: &longrunningpb.Operation{Name: l.String() + "/operations/" + uuid(), Metadata: pack(e.pb)}}
	s.ops[o.pb.GetName()] = o
	s.begin(e)
	return o.pb, nil
}

// execution makes one of a job as it is, with what a call overrides.
func (s *Server) execution(j *job, over *runpb.RunJobRequest_Overrides) (*execution, error) {
	template := proto.CloneOf(j.pb.GetTemplate())
	t := template.GetTemplate()
	for _, o := range over.GetContainerOverrides() {
		n := slices.IndexFunc(t.GetContainers(), func(c *runpb.Container) bool { return o.GetName() == "" || c.GetName() == o.GetName() })
		if n < 0 {
			return nil, invalid("overrides.container_overrides", "there is no container %q", o.GetName())
		}
		if err := override(t.GetContainers()[n], o); err != nil {
			return nil, err
		}
	}
	if n := over.GetTaskCount(); n < 0 || n > maxTasks {
		return nil, invalid("overrides.task_count", "must be between 1 and %d", maxTasks)
	} else if n > 0 {
		template.TaskCount = n
	}
	if err := validateTimeout("overrides", over.GetTimeout()); err != nil {
		return nil, err
	}
	if over.GetTimeout() != nil {
		t.Timeout = over.GetTimeout()
	}
	now := timestamppb.New(s.cfg.Now())
	name := j.pb.GetName() + "/executions/" + short(j.pb.GetName()) + "-" + suffix()
	e := &execution{at: j.at, pb: &runpb.Execution{
		Name: name, Uid: uuid(), Creator: creator, Generation: 1, Labels: maps.Clone(template.GetLabels()), Annotations: maps.Clone(template.GetAnnotations()),
		CreateTime: now, UpdateTime: now, LaunchStage: j.pb.GetLaunchStage(), Job: j.pb.GetName(), Parallelism: template.GetParallelism(), TaskCount: template.GetTaskCount(),
		Template: t, Reconciling: true, Conditions: []*runpb.Condition{{Type: "Completed", State: runpb.Condition_CONDITION_RECONCILING, LastTransitionTime: now}},
		LogUri: "file://" + s.logs(j.at, short(j.pb.GetName())), Etag: `"` + uuid() + `"`,
	}}
	for n := range template.GetTaskCount() {
		e.tasks = append(e.tasks, newTask(e.pb, n))
	}
	return e, nil
}

// override changes a container for one execution.
func override(c *runpb.Container, o *runpb.RunJobRequest_Overrides_ContainerOverride) error {
	switch {
	case len(o.GetArgs()) > 0 && o.GetClearArgs():
		return invalid("overrides.container_overrides", "args and clear_args exclude each other")
	case len(o.GetArgs()) > 0:
		c.Args = o.GetArgs()
	case o.GetClearArgs():
		c.Args = nil
	}
	for _, e := range o.GetEnv() {
		if e.GetValueSource() != nil {
			return invalid("overrides.container_overrides.env", "%s: a secret cannot be given for one execution", e.GetName())
		}
		c.Env = slices.DeleteFunc(c.Env, func(was *runpb.EnvVar) bool { return was.GetName() == e.GetName() })
		c.Env = append(c.Env, e)
	}
	return check.Env("overrides.container_overrides.env", c.Env, reserved)
}
