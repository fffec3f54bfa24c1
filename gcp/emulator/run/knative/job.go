package knative

import (
	"maps"

	"cloud.google.com/go/run/apiv2/runpb"
	runv1 "google.golang.org/api/run/v1"
	"google.golang.org/genproto/googleapis/api"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// jobsVersion is of the objects of jobs.
const jobsVersion = "run.googleapis.com/v1"

// The labels by which gcloud finds executions and tasks.
const (
	labelJob       = "run.googleapis.com/job"
	labelExecution = "run.googleapis.com/execution"
)

// jobRows are the annotations of a job.
var jobRows = []row[*runpb.Job]{
	text("run.googleapis.com/client-name", func(j *runpb.Job) *string { return &j.Client }),
	text("run.googleapis.com/client-version", func(j *runpb.Job) *string { return &j.ClientVersion }),
	word("run.googleapis.com/launch-stage", map[string]api.LaunchStage{"": api.LaunchStage_GA, "GA": api.LaunchStage_LAUNCH_STAGE_UNSPECIFIED,
		"BETA": api.LaunchStage_BETA, "ALPHA": api.LaunchStage_ALPHA}, func(j *runpb.Job) *api.LaunchStage { return &j.LaunchStage }),
	said[*runpb.Job](annOperation, nil),
	said(annCreator, (*runpb.Job).GetCreator),
	said("serving.knative.dev/lastModifier", (*runpb.Job).GetLastModifier),
}

// executionRows are the annotations of the template of executions.
var executionRows = []row[*runpb.ExecutionTemplate]{
	said[*runpb.ExecutionTemplate]("run.googleapis.com/client-name", nil),
	said[*runpb.ExecutionTemplate]("run.googleapis.com/client-version", nil),
	word("run.googleapis.com/execution-environment", map[string]runpb.ExecutionEnvironment{
		"gen1": runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN1, "gen2": runpb.ExecutionEnvironment_EXECUTION_ENVIRONMENT_GEN2,
	}, func(e *runpb.ExecutionTemplate) *runpb.ExecutionEnvironment {
		return &made(&e.Template).ExecutionEnvironment
	}),
	text("run.googleapis.com/vpc-access-connector", func(e *runpb.ExecutionTemplate) *string { return &made(&made(&e.Template).VpcAccess).Connector }),
	word("run.googleapis.com/vpc-access-egress", map[string]runpb.VpcAccess_VpcEgress{
		"all-traffic": runpb.VpcAccess_ALL_TRAFFIC, "private-ranges-only": runpb.VpcAccess_PRIVATE_RANGES_ONLY,
	}, func(e *runpb.ExecutionTemplate) *runpb.VpcAccess_VpcEgress {
		return &made(&made(&e.Template).VpcAccess).Egress
	}),
}

// fromJob gives a job of v2 as v1 shows it.
func fromJob(pb *runpb.Job) *runv1.Job {
	pb = proto.CloneOf(pb)
	m := jobMeta(meta(pb.GetName(), pb.GetUid(), pb.GetEtag(), pb.GetCreateTime(), pb.GetDeleteTime()))
	m.Generation, m.Annotations = pb.GetGeneration(), shown(jobRows, pb, pb.GetAnnotations())
	maps.Copy(m.Labels, pb.GetLabels())
	status := &runv1.JobStatus{
		Conditions: conditions([]*runpb.Condition{pb.GetTerminalCondition()}), ExecutionCount: int64(pb.GetExecutionCount()), ObservedGeneration: pb.GetObservedGeneration(),
	}
	if last := pb.GetLatestCreatedExecution(); last != nil {
		status.LatestCreatedExecution = &runv1.ExecutionReference{Name: short(last.GetName()), CompletionStatus: last.GetCompletionStatus().String(),
			CreationTimestamp: stamp(last.GetCreateTime()), CompletionTimestamp: stamp(last.GetCompletionTime())}
	}
	t := pb.GetTemplate()
	return &runv1.Job{ApiVersion: jobsVersion, Kind: "Job", Metadata: m, Status: status, Spec: &runv1.JobSpec{Template: &runv1.ExecutionTemplateSpec{
		Metadata: &runv1.ObjectMeta{Labels: maps.Clone(t.GetLabels()), Annotations: shown(executionRows, t, t.GetAnnotations())},
		Spec:     fromExecutionSpec(t.GetParallelism(), t.GetTaskCount(), t.GetTemplate()),
	}}}
}

// jobMeta is the metadata of an object of jobs, which have a group of their own.
func jobMeta(m *runv1.ObjectMeta) *runv1.ObjectMeta {
	if m.SelfLink != "" {
		m.SelfLink = "/apis/" + jobsVersion + m.SelfLink[len("/apis/"+apiVersion):]
	}
	return m
}

func fromExecutionSpec(parallelism, tasks int32, t *runpb.TaskTemplate) *runv1.ExecutionSpec {
	return &runv1.ExecutionSpec{Parallelism: int64(parallelism), TaskCount: int64(tasks), Template: &runv1.TaskTemplateSpec{Spec: fromTaskSpec(t)}}
}

func fromTaskSpec(t *runpb.TaskTemplate) *runv1.TaskSpec {
	spec := &runv1.TaskSpec{MaxRetries: int64(t.GetMaxRetries()), ServiceAccountName: t.GetServiceAccount(), TimeoutSeconds: t.GetTimeout().GetSeconds(), ForceSendFields: []string{"MaxRetries"}}
	for _, c := range t.GetContainers() {
		spec.Containers = append(spec.Containers, fromContainer(c))
	}
	return spec
}

// toJob gives the job of v2 that an object asks for, over the one there is.
func toJob(have *runpb.Job, v1 *runv1.Job) (*runpb.Job, error) {
	want := proto.CloneOf(have)
	var err error
	if want.Annotations, err = taken("metadata.annotations", jobRows, want, v1.Metadata.Annotations); err != nil {
		return nil, err
	}
	want.Labels = maps.Clone(v1.Metadata.Labels)
	e := made(&want.Template)
	from := v1.Spec.Template
	if m := from.Metadata; m != nil {
		e.Labels = maps.Clone(m.Labels)
		if e.Annotations, err = taken("spec.template.metadata.annotations", executionRows, e, m.Annotations); err != nil {
			return nil, err
		}
	}
	if e.Parallelism, err = int32of(from.Spec.Parallelism, "spec.template.spec.parallelism"); err != nil {
		return nil, err
	}
	if e.TaskCount, err = int32of(from.Spec.TaskCount, "spec.template.spec.taskCount"); err != nil {
		return nil, err
	}
	if err := toTask(made(&e.Template), from.Spec.Template.Spec); err != nil {
		return nil, err
	}
	drop(&e.Template.VpcAccess)
	return want, kept(v1.Spec, fromJob(want).Spec)
}

func toTask(t *runpb.TaskTemplate, v1 *runv1.TaskSpec) error {
	n, err := int32of(v1.MaxRetries, "spec.template.spec.template.spec.maxRetries")
	if err != nil {
		return err
	}
	t.Retries, t.ServiceAccount, t.Timeout = &runpb.TaskTemplate_MaxRetries{MaxRetries: n}, v1.ServiceAccountName, nil
	if v1.TimeoutSeconds != 0 {
		t.Timeout = &durationpb.Duration{Seconds: v1.TimeoutSeconds}
	}
	before := t.GetContainers()
	t.Containers = nil
	for i, c := range v1.Containers {
		to := &runpb.Container{}
		if i < len(before) {
			to = before[i]
		}
		if err := toContainer(to, c); err != nil {
			return err
		}
		drop(&to.Resources)
		t.Containers = append(t.Containers, to)
	}
	return nil
}

// fromExecution gives an execution of v2 as v1 shows it.
func fromExecution(pb *runpb.Execution) *runv1.Execution {
	m := jobMeta(meta(pb.GetName(), pb.GetUid(), pb.GetEtag(), pb.GetCreateTime(), pb.GetDeleteTime()))
	m.SelfLink = "/apis/" + jobsVersion + "/namespaces/" + m.Namespace + "/executions/" + m.Name
	m.Generation, m.Annotations = pb.GetGeneration(), maps.Clone(pb.GetAnnotations())
	if m.Annotations == nil {
		m.Annotations = map[string]string{}
	}
	m.Annotations[annCreator] = pb.GetCreator()
	maps.Copy(m.Labels, pb.GetLabels())
	m.Labels[labelJob] = short(pb.GetJob())
	m.OwnerReferences = []*runv1.OwnerReference{{ApiVersion: jobsVersion, Kind: "Job", Name: short(pb.GetJob()), Controller: true, BlockOwnerDeletion: true}}
	return &runv1.Execution{ApiVersion: jobsVersion, Kind: "Execution", Metadata: m, Spec: fromExecutionSpec(pb.GetParallelism(), pb.GetTaskCount(), pb.GetTemplate()),
		Status: &runv1.ExecutionStatus{
			CancelledCount: int64(pb.GetCancelledCount()), CompletionTime: stamp(pb.GetCompletionTime()), Conditions: conditions(pb.GetConditions()), FailedCount: int64(pb.GetFailedCount()),
			LogUri: pb.GetLogUri(), ObservedGeneration: pb.GetGeneration(), RetriedCount: int64(pb.GetRetriedCount()), RunningCount: int64(pb.GetRunningCount()),
			StartTime: stamp(pb.GetStartTime()), SucceededCount: int64(pb.GetSucceededCount()),
		}}
}

// fromTask gives a task of v2 as v1 shows it.
func fromTask(pb *runpb.Task) *runv1.Task {
	m := jobMeta(meta(pb.GetName(), pb.GetUid(), pb.GetEtag(), pb.GetCreateTime(), pb.GetDeleteTime()))
	m.SelfLink = "/apis/" + jobsVersion + "/namespaces/" + m.Namespace + "/tasks/" + m.Name
	m.Generation = pb.GetGeneration()
	maps.Copy(m.Labels, map[string]string{labelJob: short(pb.GetJob()), labelExecution: short(pb.GetExecution())})
	status := &runv1.TaskStatus{Index: int64(pb.GetIndex()), Retried: int64(pb.GetRetried()), StartTime: stamp(pb.GetStartTime()), CompletionTime: stamp(pb.GetCompletionTime()),
		Conditions: conditions(pb.GetConditions()), LogUri: pb.GetLogUri(), ObservedGeneration: pb.GetGeneration()}
	if r := pb.GetLastAttemptResult(); r != nil {
		status.LastAttemptResult = &runv1.TaskAttemptResult{ExitCode: int64(r.GetExitCode()), TermSignal: int64(r.GetTermSignal()),
			Status: &runv1.GoogleRpcStatus{Code: int64(r.GetStatus().GetCode()), Message: r.GetStatus().GetMessage()}}
	}
	return &runv1.Task{ApiVersion: jobsVersion, Kind: "Task", Metadata: m, Status: status, Spec: fromTaskSpec(&runpb.TaskTemplate{
		Containers: pb.GetContainers(), Retries: &runpb.TaskTemplate_MaxRetries{MaxRetries: pb.GetMaxRetries()}, ServiceAccount: pb.GetServiceAccount(), Timeout: pb.GetTimeout(),
	})}
}
