package plan

// Goal is how far a plan goes. Whatever it is, keys and shared images are the
// same: what a run with a smaller goal leaves, a later one with a greater finds.
type Goal string

// The goals. Only the first one looks at what serves, or changes it.
const (
	GoalRelease Goal = ""       // the app serves
	GoalTest    Goal = "test"   // the app's image passes its tests; no tag says so
	GoalShared  Goal = "shared" // wheels, runtime and test packages are there under their keys
)

// reached says that a plan has no steps, and why; "" where it has some.
func (g Goal) reached(p Plan, f Facts) string {
	switch {
	case g == GoalTest && f.Image != "":
		return "an image of this source was tested before"
	case g == GoalShared && p.Keys.Runtime.Status == Hit && p.Keys.TestEnv.Status != Miss:
		return "wheels, runtime and test packages are in the registry"
	// A run that is under way started before this one and must not win: while there
	// is one, the release says who is newer.
	case g == GoalRelease && f.Image != "" && f.Service.AsWanted && !f.Busy:
		return "the service runs this image with this configuration"
	}
	return ""
}
