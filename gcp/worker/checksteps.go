package worker

import (
	"fmt"
	"maps"
	"slices"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
)

func checkSteps(b *cloudbuildpb.Build) error {
	limit, _ := duration(b.Timeout)
	if limit == 0 {
		limit = MaxTimeout
	}
	field := func(format string, args ...any) error {
		return invalid("invalid .steps field: "+format, args...)
	}
	switch {
	case len(b.Steps) == 0:
		return field("no build steps are specified")
	case len(b.Steps) > MaxSteps:
		return field("cannot specify more than %d build steps", MaxSteps)
	}
	known := map[string]bool{startAtOnce: true}
	for i, s := range b.Steps {
		if err := checkStep(i, s); err != nil {
			return field("%w", err)
		}
		for _, dep := range s.WaitFor {
			if !known[dep] {
				return field("build step %s depends on %q, which has not been defined", title(i, s.Id), dep)
			}
		}
		if s.Id == startAtOnce {
			return field("build step %s: the ID cannot be %q which is reserved as a dependency for build steps that should run first", title(i, s.Id), startAtOnce)
		}
		if s.Id != "" && known[s.Id] {
			return field("build step %s: the ID is not unique", title(i, s.Id))
		}
		if s.Id != "" {
			known[s.Id] = true
		}
		d, err := duration(s.Timeout)
		switch {
		case err != nil:
			return invalid("invalid .timeout in build step #%d: %w", i, err)
		case d > MaxTimeout:
			return invalid("invalid .timeout in build step #%d: build step timeout %v exceeds the timeout limit of %v", i, d, MaxTimeout)
		case d > limit:
			return invalid("invalid .timeout in build step #%d: build step timeout %v must be <= build timeout %v", i, d, limit)
		case d < 0:
			return invalid("invalid .timeout in build step #%d: build step timeout must be >0", i)
		}
	}
	return nil
}

func checkStep(i int, s *cloudbuildpb.BuildStep) error {
	switch {
	case s.GetName() == "":
		return fmt.Errorf("build step %d must specify name", i)
	case len(s.Name) > MaxStepName:
		return fmt.Errorf("build step %d name too long (max: %d)", i, MaxStepName)
	case len(s.Args) > MaxArgs:
		return fmt.Errorf("build step %d too many args (max: %d)", i, MaxArgs)
	case len(s.Dir) > MaxDir:
		return fmt.Errorf("build step %d dir too long (max: %d)", i, MaxDir)
	case !inWorkspace(s.Dir):
		return fmt.Errorf("build step %d dir %q is outside of the workspace", i, s.Dir)
	case s.Script != "" && len(s.Args) > 0:
		return fmt.Errorf("build step %d cannot specify both script and args", i)
	case s.Script != "" && s.Entrypoint != "":
		return fmt.Errorf("build step %d cannot specify both script and entrypoint", i)
	}
	for j, a := range s.Args {
		if len(a) > MaxArg {
			return fmt.Errorf("build step %d arg %d too long (max: %d)", i, j, MaxArg)
		}
	}
	for _, code := range s.AllowExitCodes {
		if code < 1 || code > 255 {
			return fmt.Errorf("build step %d allow_exit_codes %d must be between 1 and 255", i, code)
		}
	}
	return nil
}

// title is a step as log lines and errors name it: #1 - "id", or #1.
func title(i int, id string) string {
	if id == "" {
		return fmt.Sprintf("#%d", i)
	}
	return fmt.Sprintf("#%d - %q", i, id)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
