package plan

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/dockerfile"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// Seeds are the fields of the keys that contain a digest: with the runtime's
// digest they become T and A. The builder does that when the build made it.
type Seeds struct {
	TestEnv []key.Field `json:"testenv"` // none = no test packages
	App     []key.Field `json:"app"`
}

// KeysOf computes the keys. T and A contain the runtime's digest and stay zero
// without it.
func KeysOf(app App, runtimeDigest string) Keys {
	w := wheelsKey(app)
	k := Keys{Wheels: w, Runtime: runtimeKey(app, w)}
	if runtimeDigest != "" {
		k.TestEnv, k.App = seedsOf(app).Keys(runtimeDigest)
	}
	return k
}

// Keys turns the seeds into T and A for a runtime image. T is zero when the
// tests need no packages.
func (s Seeds) Keys(runtimeDigest string) (testenv, app key.Key) {
	runtime := key.Of("runtime", runtimeDigest)
	if len(s.TestEnv) > 0 {
		testenv = key.New(TestEnv, append(slices.Clone(s.TestEnv), runtime)...)
	}
	return testenv, key.New("app", append(slices.Clone(s.App), runtime, key.Of("testenv", testenv.Hash))...)
}

// wheelsKey covers all that decides which wheels come out.
func wheelsKey(app App) key.Key {
	c := app.Config
	fields := []key.Field{
		key.Of("python", c.Python),
		key.Of("platform", app.Platform),
		key.Of("base image", c.BaseImage),
		key.Of("wheel template", string(dockerfile.Through(app.Wheel, string(StageWheelhouse)))),
		key.List("wheelhouse program", program(app)),
	}
	fields = append(fields, entries("", app.Closure)...)
	if own := Own(app); len(own) > 0 {
		fields = append(fields, entries("build ", app.Closure.Build(own))...)
	}
	for _, name := range app.Closure.Locals {
		fields = append(fields, key.Of("local "+name, app.Locals[name]))
	}
	for _, limit := range buildConstraints(app) {
		fields = append(fields, key.Of("build constraint "+limit, limit))
	}
	for _, pin := range slices.Sorted(maps.Keys(app.Builds)) {
		fields = append(fields, key.Of("build of "+pin, strings.Join(app.Builds[pin], " ")))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Wheels.BuildEnv)) {
		fields = append(fields, key.Of("build env "+name, c.Wheels.BuildEnv[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Wheels.ConfigSettings)) {
		fields = append(fields, key.List("config settings "+name, c.Wheels.ConfigSettings[name]))
	}
	return key.New(Wheels, fields...)
}

// runtimeKey adds what decides the image that the wheels are installed into.
// The packages of the system are in the template's text.
func runtimeKey(app App, wheels key.Key) key.Key {
	return key.New(Runtime, append(SlimOf(app.Config.Slim).keyed(),
		key.Of("wheels", wheels.Hash),
		key.Of("runtime template", string(dockerfile.Through(app.Wheel, string(StageRuntime)))),
	)...)
}

func seedsOf(app App) Seeds {
	c := app.Config
	fields := []key.Field{
		key.Of("source", app.Source.Hash),
		key.List("entrypoint", c.Entrypoint),
		key.Of("main template", string(app.Main)),
		key.List("test command", c.Test.Command),
		key.Of("start", seen(c.Start)),
	}
	fields = append(fields, BudgetOf(c.Budget).keyed()...)
	for _, name := range slices.Sorted(maps.Keys(c.Test.Env)) {
		fields = append(fields, key.Of("test env "+name, key.Sum([]byte(c.Test.Env[name]))))
	}
	for _, one := range c.Test.Services {
		said, _ := json.Marshal(one) // texts and numbers only: never fails
		fields = append(fields, key.Of("test service "+one.Name, key.Sum(said)))
	}
	var tests []key.Field
	if needsTestEnv(app) {
		tests = entries("", app.Tests)
		for _, name := range app.Tests.Locals {
			tests = append(tests, key.Of("local "+name, app.Locals[name]))
		}
		tests = append(tests,
			key.Of("test template", string(dockerfile.Through(app.Wheel, string(StageTestEnv)))),
			key.List("wheelhouse program", program(app)))
	}
	return Seeds{TestEnv: tests, App: fields}
}

func needsTestEnv(app App) bool {
	return len(app.Config.Test.Command) > 0 && app.Tests != nil && app.Tests.Asks()
}

// Own are the app's own projects, which its layer gets: those that the app asks
// for, and those that its tests do.
func Own(app App) []closure.Own { return closure.MergeOwn(app.Closure, app.Tests) }

// BuildRequirements is what the app's own projects are built with, nil for an app
// without any.
func BuildRequirements(app App) []byte {
	if own := Own(app); len(own) > 0 {
		text, _ := app.Closure.Build(own).Canonical()
		return append([]byte{}, text...) // not nil: they may need nothing
	}
	return nil
}

// buildConstraints limit what packages are built with; their order means nothing.
func buildConstraints(app App) []string {
	return slices.Compact(slices.Sorted(slices.Values(app.Config.Wheels.BuildConstraints)))
}

// program is each file's name and content, by name.
func program(app App) (parts []string) {
	for _, name := range slices.Sorted(maps.Keys(app.Program)) {
		parts = append(parts, name, string(app.Program[name]))
	}
	return parts
}

// entries makes a field of each project and option of a closure, so that a
// difference can be told by name. Hashes have a field of their own.
func entries(what string, c *closure.Closure) (fields []key.Field) {
	values := map[string][]string{}
	for _, e := range c.Entries() {
		name := what + "requirement " + e.Name
		switch e.Kind {
		case closure.Option:
			name = what + "requirement option " + e.Name
		case closure.Constraint:
			name = what + "constraint " + e.Name
		}
		values[name] = append(values[name], e.Line)
		if len(e.Hashes) > 0 {
			values[name+" hashes"] = append(values[name+" hashes"], strings.Join(e.Hashes, " --hash="))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fields = append(fields, key.Of(name, strings.Join(values[name], "\n")))
	}
	return fields
}
