package plan

// Resolution is the folder that the resolve step leaves its result in.
const Resolution = Dir + "/resolution"

// MakeResolve decides what the requirements of an app come to now: a build that
// makes nothing, and says what is not as in the wheels image f.Wheels.
func MakeResolve(app App, place Place, f Facts) Plan {
	p := refresh(app, place, f)
	b := build{app: app, place: place, facts: f, builder: p.Builder}
	after, args := b.earlier(f.Wheels)
	args = append(args, "RENEW=$BUILD_ID")
	b.dockerStep(StepResolve, b.logins(StepResolve, after), b.dockerArgs(StepResolve, args, nil, "--output", "type=local,dest="+Resolution)...)
	b.ourStep(StepResolved, []StepID{StepResolve}, "--current", place.Repository+"/"+Wheels+"@"+f.Wheels)
	p.Steps = b.steps
	p.Secrets = secrets(app, place, p.Steps)
	return p
}

// MakeCandidate decides how the wheels are made that the requirements come to
// now. They get no key's tag: no deploy can see them.
func MakeCandidate(app App, place Place, f Facts) Plan {
	p := refresh(app, place, f)
	p.Wheelhouse = &Wheelhouse{Key: KeysOf(app, "").Wheels, Family: Family(app, f.Base), Earlier: f.Wheels, Renew: true, Candidate: true}
	b := build{app: app, place: place, facts: f, builder: p.Builder}
	b.wheels(*p.Wheelhouse)
	p.Steps = b.steps
	p.Secrets = secrets(app, place, p.Steps)
	return p
}

// MakePromote decides how the candidate f.Wheels becomes what deploys get: a
// runtime and an app image are made of it and tested, and only when all passed
// the runtime's key is moved, which is the whole promotion.
func MakePromote(app App, place Place, f Facts) Plan {
	f.Runtime, f.TestEnv, f.Image = "", "", ""
	p := refresh(app, place, f)
	p.Keys = statuses(app, f, KeysOf(app, ""))
	p.Image = Status{Status: Miss, Reason: "its key contains the runtime image, which is built first"}
	p.Steps, p.Skipped = steps(app, place, f, p)
	p.Secrets = secrets(app, place, p.Steps)
	return p
}

// refresh is a plan of a refresh before its steps.
func refresh(app App, place Place, f Facts) Plan {
	f.Runtime, f.Image = "", "" // nothing of this is about what deploys have now
	p := outline(app, place, f)
	p.Refresh = true
	p.Keys = statuses(app, f, KeysOf(app, ""))
	p.Skipped = []string{}
	return p
}
