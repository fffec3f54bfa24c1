package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// grace is how long a task may take to end once it is told to.
const grace = 10 * time.Second

// errTimeout is that an attempt took too long.
var errTimeout = errors.New("The configured timeout was reached.")

func newTask(e *runpb.Execution, n int32) *runpb.Task {
	t := e.GetTemplate()
	return &runpb.Task{
		Name: e.GetName() + "/tasks/" + short(e.GetName()) + "-task" + strconv.Itoa(int(n)), Uid: uuid(), Generation: 1, Index: n, CreateTime: e.GetCreateTime(), UpdateTime: e.GetCreateTime(),
		Job: e.GetJob(), Execution: e.GetName(), Containers: t.GetContainers(), Volumes: t.GetVolumes(), MaxRetries: t.GetMaxRetries(), Timeout: t.GetTimeout(),
		ServiceAccount: t.GetServiceAccount(), ExecutionEnvironment: t.GetExecutionEnvironment(), VpcAccess: t.GetVpcAccess(), EncryptionKey: t.GetEncryptionKey(),
		LogUri: e.GetLogUri(), Reconciling: true,
		Conditions: []*runpb.Condition{{Type: "Completed", State: runpb.Condition_CONDITION_PENDING, LastTransitionTime: e.GetCreateTime()}},
	}
}

// task makes the attempts of a task until one succeeds or none is left. One that
// is cut off by ctx is left as it is.
func (s *Server) task(ctx context.Context, e *execution, t *runpb.Task) {
	s.mu.Lock()
	now := timestamppb.New(s.cfg.Now())
	if t.StartTime == nil {
		t.ScheduledTime, t.StartTime = now, now
	}
	t.Conditions[0].State = runpb.Condition_CONDITION_RECONCILING
	e.pb.RunningCount++
	s.mu.Unlock()
	for {
		result, message, final := s.attempt(ctx, e, t)
		s.mu.Lock()
		if ctx.Err() != nil {
			s.mu.Unlock()
			return
		}
		t.LastAttemptResult = result
		failed := result.GetStatus().GetCode() != 0
		switch {
		case !failed:
			s.endTask(e, t, runpb.Condition_CONDITION_SUCCEEDED, "", 0)
			e.pb.SucceededCount++
		case final || t.GetRetried() >= t.GetMaxRetries():
			s.endTask(e, t, runpb.Condition_CONDITION_FAILED, message, runpb.Condition_NON_ZERO_EXIT_CODE)
			e.pb.FailedCount++
		default:
			if t.Retried++; t.Retried == 1 {
				e.pb.RetriedCount++
			}
			s.saveExecution(e)
			s.mu.Unlock()
			continue
		}
		e.pb.RunningCount--
		s.saveExecution(e)
		s.mu.Unlock()
		return
	}
}

// endTask says how a task ended; the caller holds s.mu.
func (s *Server) endTask(e *execution, t *runpb.Task, state runpb.Condition_State, message string, why runpb.Condition_ExecutionReason) {
	now := timestamppb.New(s.cfg.Now())
	t.CompletionTime, t.UpdateTime, t.Reconciling, t.ObservedGeneration = now, now, false, 1
	c := t.Conditions[0]
	c.State, c.LastTransitionTime, c.Message = state, now, message
	if why != 0 {
		c.Severity, c.Reasons = runpb.Condition_ERROR, &runpb.Condition_ExecutionReason_{ExecutionReason: why}
	}
	e.pb.UpdateTime = now
}

// attempt runs the task's container once. final says that another would be no other.
func (s *Server) attempt(ctx context.Context, e *execution, t *runpb.Task) (result *runpb.TaskAttemptResult, message string, final bool) {
	log := s.logOf(e, t)
	fail := func(c codes.Code, exit int32, format string, args ...any) (*runpb.TaskAttemptResult, string, bool) {
		message := fmt.Sprintf(format, args...)
		return &runpb.TaskAttemptResult{ExitCode: exit, Status: &rpc.Status{Code: int32(c), Message: message}}, message, false
	}
	k, err := s.container(ctx, e, t)
	if err != nil {
		_ = log.Add(s.cfg.Now(), err.Error())
		result, message, _ = fail(codes.FailedPrecondition, 0, "%v", err)
		return result, message, true
	}
	ctx, cancel := context.WithTimeoutCause(ctx, t.GetTimeout().AsDuration(), errTimeout)
	defer cancel()
	end, err := s.host.Once(ctx, k, grace, log)
	switch {
	case errors.Is(err, errTimeout):
		_ = log.Add(s.cfg.Now(), "Terminating task because it has reached the maximum timeout of "+t.GetTimeout().AsDuration().String()+".")
		return fail(codes.DeadlineExceeded, 0, "%v", errTimeout)
	case err != nil: // a command that does not exist, or no Docker
		_ = log.Add(s.cfg.Now(), err.Error())
		return fail(codes.FailedPrecondition, 127, "The container could not be started: %v", err)
	case end.OOMKilled:
		_ = log.Add(s.cfg.Now(), "Memory limit of "+t.GetContainers()[0].GetResources().GetLimits()["memory"]+" exceeded.")
		result, message, final = fail(codes.ResourceExhausted, 0, "The container was terminated: its memory limit was exceeded.")
		result.TermSignal = 9
		return result, message, final
	case end.Code != 0:
		_ = log.Add(s.cfg.Now(), fmt.Sprintf("Container called exit(%d).", end.Code))
		return fail(codes.Unknown, int32(end.Code), "The container exited with an error.")
	}
	return &runpb.TaskAttemptResult{Status: &rpc.Status{}}, "", false
}

// container is what an attempt runs in.
func (s *Server) container(ctx context.Context, e *execution, t *runpb.Task) (docker.Container, error) {
	if err := s.Faults.Take(ctx, "Task"); err != nil {
		return docker.Container{}, err
	}
	if s.cfg.Docker == nil {
		return docker.Container{}, container.ErrNoDocker
	}
	c := t.GetContainers()[0]
	image, ref, err := s.host.Image(ctx, e.at.project, c.GetImage())
	switch errs.KindOf(err) {
	case errs.NotFound:
		return docker.Container{}, fmt.Errorf("Image '%s' not found.", ref)
	case errs.Auth:
		return docker.Container{}, fmt.Errorf("The job has no permission to read the image, %s.", ref)
	}
	if err != nil {
		return docker.Container{}, err
	}
	env := []string{
		"CLOUD_RUN_JOB=" + short(e.pb.GetJob()), "CLOUD_RUN_EXECUTION=" + short(e.pb.GetName()), "CLOUD_RUN_TASK_INDEX=" + strconv.Itoa(int(t.GetIndex())),
		"CLOUD_RUN_TASK_COUNT=" + strconv.Itoa(int(e.pb.GetTaskCount())), "CLOUD_RUN_TASK_ATTEMPT=" + strconv.Itoa(int(t.GetRetried())),
	}
	given, err := s.env(ctx, e, t)
	if err != nil {
		return docker.Container{}, err
	}
	cpu, _ := quantity(c.GetResources().GetLimits()["cpu"])
	memory, _ := quantity(c.GetResources().GetLimits()["memory"])
	return docker.Container{
		Image: image, Name: "gcpdeploy-" + short(t.GetName()) + "-" + uuid()[:4], Entrypoint: c.GetCommand(), Cmd: c.GetArgs(), WorkDir: c.GetWorkingDir(),
		Env: slices.Concat(env, given), Memory: int64(memory), CPUs: container.CPUs(cpu),
		Labels: map[string]string{docker.Label: s.cfg.StateID, labelJob: e.pb.GetJob()},
	}, nil
}

// env is what the user sets. Secrets are read as the job's account.
func (s *Server) env(ctx context.Context, e *execution, t *runpb.Task) (env []string, err error) {
	ctx = frame.WithCaller(ctx, "serviceAccount:"+t.GetServiceAccount())
	for _, v := range t.GetContainers()[0].GetEnv() {
		value := v.GetValue()
		if ref := v.GetValueSource().GetSecretKeyRef(); ref != nil {
			name := ref.GetSecret()
			project := e.at.project
			if at, secret, ok := cutSecret(name); ok {
				project, name = at, secret
			}
			version := "/secrets/" + name + "/versions/" + ref.GetVersion()
			if s.cfg.Secret != nil {
				value, err = s.cfg.Secret(ctx, "projects/"+project+version)
			}
			if s.cfg.Secret == nil || err != nil {
				return nil, fmt.Errorf("Permission denied on secret: projects/%s%s for Job service account %s. The service account used must be granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or higher level.",
					frame.ProjectNumber(project), version, t.GetServiceAccount())
			}
		}
		env = append(env, v.GetName()+"="+value)
	}
	return env, nil
}
