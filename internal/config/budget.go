package config

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// Budget is what an image may take, or the build fails.
type Budget struct {
	Start time.Duration // from its start to the first answer; 0 = any time
	Image int64         // bytes, unpacked; 0 = any size
	Over  string        // OverFail or OverWarn; "" = the first
}

// What becomes of a build that is over its budget.
const (
	OverFail = "fail"
	OverWarn = "warn"
)

func checkOver(s string) (string, *Fault) {
	if s != OverFail && s != OverWarn {
		return "", Wrong(suggest.Hint(s, []string{OverFail, OverWarn}), "must be fail or warn, not %q", s)
	}
	return s, nil
}

// sizeForm is a size with its unit.
var sizeForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([MG])(i?)B?$`)
})

// setSize accepts a number of bytes with a unit: 400MB, 1.5GB; Mi and Gi are those of 1024.
func setSize(to func(*Config) *int64) Setter {
	return func(into any, key string, v value) error {
		m := sizeForm().FindStringSubmatch(v.text)
		if v.kind != text && v.kind != number || m == nil {
			return v.fail(key, Wrong("Write a number with a unit: 400MB, 1.5GB.", "must be a size, but is %s", v.is()))
		}
		base, power := 1000.0, strings.Index("MG", m[2])+2
		if m[3] != "" {
			base = 1024
		}
		n, err := strconv.ParseFloat(m[1], 64)
		for range power {
			n *= base
		}
		if err != nil || n < 1e6 {
			return v.fail(key, Wrong("", "must be at least 1MB, not %q", v.text))
		}
		*to(into.(*Config)) = int64(n)
		return nil
	}
}

// budgetRules are those of a budget with the rest.
func (c *Config) budgetRules(settings layer) error {
	if v, given := settings["budget.start"]; given && !c.Start.On {
		return v.fail("budget.start", Wrong("Remove one of them.", "is of the start check, which is off (start: false)"))
	}
	if v, given := settings["budget.over"]; given && c.Budget.Start == 0 && c.Budget.Image == 0 {
		return v.fail("budget.over", Wrong("Give budget.start, such as 2s, or budget.image, such as 400MB.", "is of a budget, and there is none"))
	}
	return nil
}
