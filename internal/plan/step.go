package plan

import "slices"

// Step is one step of the build. Name is the image it runs in. Args and Env are
// as Cloud Build reads them: $$ is a literal dollar.
type Step struct {
	ID         StepID   `json:"id"`
	Name       string   `json:"name"`
	Entrypoint string   `json:"entrypoint,omitempty"`
	Args       []string `json:"args"`
	Env        []string `json:"env,omitempty"`
	SecretEnv  []string `json:"secretEnv,omitempty"` // variables of Plan.Secrets that it gets
	WaitFor    []StepID `json:"waitFor"`
}

// StepID names a step of a build.
type StepID string

// AtOnce is what a step waits for that waits for none.
const AtOnce StepID = "-"

// The steps there are. What is so of each is in the table.
const (
	StepResolve       StepID = "resolve"
	StepResolved      StepID = "resolved"
	StepEarlier       StepID = "earlier"
	StepLogins        StepID = "logins"
	StepWheels        StepID = "wheels"
	StepPushWheels    StepID = "push-wheels"
	StepPublishWheels StepID = "publish-wheels"
	StepMadeWheels    StepID = "made-wheels"
	StepBase          StepID = "base"
	StepLayers        StepID = "layers"
	StepSystem        StepID = "system"
	StepPushSystem    StepID = "push-system"
	StepInstall       StepID = "install"
	StepRuntime       StepID = "runtime" // put together of layers, in the registry
	StepImports       StepID = "imports"
	StepBuildRuntime  StepID = "build-runtime" // by Docker, from the wheels on
	StepPushRuntime   StepID = "push-runtime"
	StepTestLogins    StepID = "test-logins"
	StepTestEnv       StepID = "testenv"
	StepPushTestEnv   StepID = "push-testenv"
	StepPublish       StepID = "publish"
	StepImage         StepID = "image"       // a layer of ours on the runtime, in the registry
	StepBuildImage    StepID = "build-image" // what main.Dockerfile says, by Docker
	StepStart         StepID = "start"
	StepTest          StepID = "test"
	StepPush          StepID = "push"
	StepRelease       StepID = "release"
	StepPromote       StepID = "promote"
)

// Stage names a stage of wheel.Dockerfile.
type Stage string

// The stages that steps build, or build on.
const (
	StageResolution Stage = "resolution"
	StageWheelhouse Stage = "wheelhouse"
	StageNone       Stage = "none"
	StageSystem     Stage = "system"
	StageLayers     Stage = "layers"
	StageRuntime    Stage = "runtime"
	StageTestEnv    Stage = "testenv"
)

// About is what is so of a step in every plan that has it.
type About struct {
	ID    StepID
	Ours  bool   // `gcpdeploy step ID` in the builder image; else a command of Docker's
	Words string // what it does
	Hint  string // what to do when it fails and its log says nothing better
	Stage Stage  // that it builds; "" = none
	Image string // the shared one that it makes of that; "" = none

	AsksIndex bool // asks package indexes, and so gets the logins
	Shared    bool // makes what other runs wait for: where it fails, theirs would as well
	KnowsRun  bool // is told its run, and when that began
}

// About is the step's row of the table. A step of another version, which has
// none, is taken for one of Docker's.
func (id StepID) About() About {
	if i := slices.IndexFunc(table, func(a About) bool { return a.ID == id }); i >= 0 {
		return table[i]
	}
	return About{ID: id}
}

// Steps is the table of all steps.
func Steps() []About { return slices.Clone(table) }
