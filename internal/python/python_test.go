package python_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/python"
)

// TestValid: a minor version is no member of a list; the base image decides.
func TestValid(t *testing.T) {
	t.Parallel()
	for minor, want := range map[string]bool{
		"3.9": true, "3.10": true, "3.15": true, "3.27": true, "3.13t": true, "3.14t": true, "3.20t": true,
		"3.8": false, "3.12t": false, "3.9t": false, "3.012": false, "3.1": false, "2.7": false, "3.14tt": false, "3.14.1": false, "": false, "3.100": false,
	} {
		if got := python.Valid(minor); got != want {
			t.Errorf("Valid(%q) = %v", minor, got)
		}
	}
}
