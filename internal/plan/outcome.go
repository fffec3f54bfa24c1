package plan

import "time"

// Outcome is what became of a plan's build.
type Outcome struct {
	Build  string // id
	Name   string // full resource name
	LogURL string
	Status Result
	Detail string
	Steps  []StepOutcome
}

// Result is a build's state, in Cloud Build's words.
type Result string

// The states that engine tells apart; every other one is shown as it is.
const (
	Queued    Result = "QUEUED"
	Working   Result = "WORKING"
	Success   Result = "SUCCESS"
	Failure   Result = "FAILURE"
	Cancelled Result = "CANCELLED"
)

// StepOutcome is one step's end. Output is what the step wrote to
// $BUILDER_OUTPUT/output, at most 50 KB.
type StepOutcome struct {
	ID     string
	Status Result
	Exit   int
	Began  time.Time
	Took   time.Duration
	Output []byte
}

// Find gives a step's outcome.
func (o Outcome) Find(id string) (StepOutcome, bool) {
	for _, s := range o.Steps {
		if s.ID == id {
			return s, true
		}
	}
	return StepOutcome{}, false
}

// Published is the publish step's output, and what it leaves in the workspace
// for the release: the images that the key tags point to, and the keys that
// contain the runtime's digest.
type Published struct {
	Wheels  string   `json:"wheels,omitempty"` // digests
	Runtime string   `json:"runtime"`
	TestEnv string   `json:"testenv,omitempty"`
	Content string   `json:"content,omitempty"` // key of the wheels' lock
	App     string   `json:"app"`
	Adopted []string `json:"adopted,omitempty"` // images that another run made first
}

// Released is the release step's output.
type Released struct {
	Revision   string `json:"revision,omitempty"`
	URL        string `json:"url,omitempty"`
	Image      string `json:"image"`                // by digest
	Superseded string `json:"superseded,omitempty"` // the newer run that serves instead
	Warning    string `json:"warning,omitempty"`
}

// Tested is the test step's output: counts where the runner says them.
type Tested struct {
	Runner  string `json:"runner,omitempty"`
	Passed  int    `json:"passed"`
	Failed  int    `json:"failed"`
	Skipped int    `json:"skipped"`
	Errors  int    `json:"errors"`
	Total   int    `json:"total"`
}

// By is the run that releases: its build and when it started. Of two runs of
// one service the one that started later wins.
type By struct {
	Build   string
	Started time.Time
}
