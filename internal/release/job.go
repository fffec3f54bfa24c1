package release

import (
	"context"
	"time"
)

// Jobs is what a target can do beside that has jobs: programs which run to their end in
// the image of a service, with its variables, secrets and account, and their own.
type Jobs interface {
	// KeepJobs makes the jobs of a release what it says, with the image by digest, and
	// tells what it changes. Where a later run has been at one of them it changes none,
	// and superseded is that run.
	KeepJobs(ctx context.Context, s Spec, image string, by Run, tell func(string)) (superseded string, err error)
	// DropJobs removes the jobs that were made for the service, and that the release has no
	// more.
	DropJobs(ctx context.Context, s Spec, by Run, tell func(string)) error
	// RunJob runs a job of the service as it is, unless by is a run and a later one has been
	// at the job: then it has Superseded.
	RunJob(ctx context.Context, s Spec, job string, by Run, o Watch) (Execution, error)
	// RunOnce runs a command in the image that serves, and leaves no job behind where it is
	// waited for. Variables are added to the service's.
	RunOnce(ctx context.Context, s Spec, command []string, env map[string]string, o Watch) (Execution, error)
	// ListJobs gives the jobs that were made for the service, by name.
	ListJobs(ctx context.Context, s Spec) ([]JobState, error)
	// JobLogs hands each the newest lines that a job wrote, oldest first; of one execution
	// where one is named. Where they are followed, it goes on until ctx ends.
	JobLogs(ctx context.Context, s Spec, job, execution string, q Query, each func(Line) error) error
	// DeleteJob removes a job of the service with its schedule; ok is false where there was
	// none.
	DeleteJob(ctx context.Context, s Spec, job string) (ok bool, err error)
}

// Watch is how an execution is waited for.
type Watch struct {
	Async bool                   // it is not
	Line  func(Line)             // is given what it writes as it comes; nil = nobody reads it
	Began func(execution string) // is told its name; nil = nobody is
}

// Execution is one run of a job.
type Execution struct {
	Name       string    `json:"execution"`
	Job        string    `json:"job"`
	Began      time.Time `json:"began"`
	Ended      time.Time `json:"ended,omitzero"`
	Succeeded  bool      `json:"succeeded"`
	Exit       int       `json:"exit"`              // code of the first task that failed; 0 = none did, or it has none
	Message    string    `json:"message,omitempty"` // why it failed
	Log        []string  `json:"-"`                 // the end of what it wrote, where it failed and nobody was given it
	Superseded string    `json:"superseded,omitempty"`
}

// JobState is a job for people to look at.
type JobState struct {
	Name     string     `json:"name"`
	FullName string     `json:"full_name"` // at the target
	Image    string     `json:"image"`     // by digest
	Command  []string   `json:"command"`
	Schedule string     `json:"schedule,omitempty"`
	Once     bool       `json:"once,omitempty"` // it was made for one command
	Last     *Execution `json:"last,omitempty"` // nil = it never ran
}
