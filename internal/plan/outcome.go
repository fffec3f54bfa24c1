package plan

import "time"

// Outcome is what became of a plan's build.
type Outcome struct {
	Build   string // id
	Created time.Time
	Name    string // full resource name
	LogURL  string
	Status  Result
	Detail  string
	Hint    string // what to do about a build that failed without a step that did; "" = not known
	Denied  bool   // it failed for want of a right
	Account string // that it ran as, "" = the project's default
	Object  string // of its source, in the bucket of source archives
	Here    bool   // it ran on the Docker of this machine: Cloud Build does not know it
	Steps   []StepOutcome
}

// Result is a build's state, in Cloud Build's words.
type Result string

// The states that engine tells apart; every other one is shown as it is.
const (
	Pending   Result = "PENDING"
	Queued    Result = "QUEUED"
	Working   Result = "WORKING"
	Success   Result = "SUCCESS"
	Failure   Result = "FAILURE"
	Cancelled Result = "CANCELLED"
)

// Ended says whether a build will not change any more.
func (o Outcome) Ended() bool {
	switch o.Status {
	case Pending, Queued, Working, "STATUS_UNKNOWN":
		return false
	}
	return true
}

// StepOutcome is one step's end. Output is what the step wrote to
// $BUILDER_OUTPUT/output, at most 50 KB.
type StepOutcome struct {
	ID     StepID
	Status Result
	Exit   int
	Began  time.Time
	Took   time.Duration
	Output []byte
}

// Failed is why a step of ours failed. It is in its output, under "failure".
type Failed struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
}

// Find gives a step's outcome.
func (o Outcome) Find(id StepID) (StepOutcome, bool) {
	for _, s := range o.Steps {
		if s.ID == id {
			return s, true
		}
	}
	return StepOutcome{}, false
}

// Wheel is one package of a wheels image, and how it came there in one run.
type Wheel struct {
	Name    string  `json:"name"`
	Version string  `json:"version"`
	Origin  string  `json:"origin"` // "built", "downloaded" or "reused"
	Seconds float64 `json:"seconds"`
}

// PublishedWheels is the publish-wheels step's output.
type PublishedWheels struct {
	Wheels   string  `json:"wheels"`            // digest of what the key's tag points to
	Content  string  `json:"content"`           // C, the key of the lock
	Adopted  bool    `json:"adopted,omitempty"` // another run made them first
	Seconds  float64 `json:"seconds"`
	Packages []Wheel `json:"packages"`
}

// Changed is a package that is not as in another wheels image. Old is "" for a
// new one, New for one that is gone; equal versions were made of something else.
type Changed struct {
	Name string `json:"name"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
}

// String is the change in one line.
func (c Changed) String() string {
	switch {
	case c.Old == "":
		return c.Name + " " + c.New + " is new"
	case c.New == "":
		return c.Name + " " + c.Old + " is gone"
	case c.Old == c.New:
		return c.Name + " " + c.New + " is made of something else"
	}
	return c.Name + " " + c.Old + " → " + c.New
}

// ResolvedPackages is the resolved step's output.
type ResolvedPackages struct {
	Packages int       `json:"packages"`
	Changed  []Changed `json:"changed"`
}

// Promoted is the promote step's output: digests.
type Promoted struct {
	Wheels  string `json:"wheels"`
	Runtime string `json:"runtime"`
	TestEnv string `json:"testenv,omitempty"`
	Image   string `json:"image"`
}

// Published is the publish step's output, and what it leaves in the workspace
// for the release: the images that the key tags point to, and the keys that
// contain the runtime's digest.
type Published struct {
	Runtime string   `json:"runtime"` // digests
	TestEnv string   `json:"testenv,omitempty"`
	App     string   `json:"app"`
	Adopted []string `json:"adopted,omitempty"` // images that another run made first
}

// Started is the start step's output.
type Started struct {
	Warning string `json:"warning,omitempty"`
	// What there is a budget for, where it was measured.
	Seconds float64 `json:"seconds,omitempty"` // to the first answer
	Bytes   int64   `json:"bytes,omitempty"`   // of the image
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
