package config

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// setSteps accepts percentages that rise, such as [10, 50, 100].
func setSteps(to func(*Config) *[]int) Setter {
	return func(into any, key string, v value) error {
		items, err := elements(key, v)
		if err != nil {
			return err
		}
		steps := []int{}
		for i, item := range items {
			item.loose = v.loose
			n, err := integer(key+"["+strconv.Itoa(i)+"]", item, 1, 100)
			if err != nil {
				return err
			}
			if len(steps) > 0 && n <= steps[len(steps)-1] {
				return item.fail(key+"["+strconv.Itoa(i)+"]", Wrong("Write them as they follow each other, such as [10, 50, 100].", "must be more than the one before it, not %d", n))
			}
			steps = append(steps, n)
		}
		*to(into.(*Config)) = slices.DeleteFunc(steps, func(n int) bool { return n == 100 })
		return nil
	}
}

// afterRules are those of the check after a release.
func (c *Config) afterRules(settings layer) error {
	if c.After.Path != "" {
		c.After.Timeout = cmp.Or(c.After.Timeout, 30*time.Second)
		return nil
	}
	for _, key := range []string{"release.check.status", "release.check.body"} {
		if v, given := settings[key]; given {
			return v.fail(key, Wrong("Give release.check.path, such as /.", "is of an answer, and there is no path to ask for"))
		}
	}
	return nil
}

// canaryRules are those of a canary with the rest.
func (c *Config) canaryRules(settings layer) error {
	if len(c.Canary.Steps) == 0 {
		return nil
	}
	c.Canary.Pause, c.Canary.Requests = cmp.Or(c.Canary.Pause, time.Minute), cmp.Or(c.Canary.Requests, 20)
	if _, given := settings["canary.max_errors"]; !given {
		c.Canary.MaxErrors = 1
	}
	if all := time.Duration(len(c.Canary.Steps)) * c.Canary.Pause; all >= c.Build.Timeout {
		key := "canary.pause"
		v, given := settings[key]
		if !given {
			key = "canary.steps"
			v = settings[key]
		}
		return v.fail(key, Wrong("Make it shorter, or raise build.timeout.", "takes %v for all steps, and a build ends after %v", all, c.Build.Timeout))
	}
	return nil
}
