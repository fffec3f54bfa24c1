package config

// Slim is what installed packages are without in the runtime image.
type Slim struct {
	Remove []string // Tests, Docs or Symbols; none = packages are as they come
	Keep   []string // packages that stay whole, by their normal names
}

// What may be removed from packages.
const (
	Tests   = "tests"
	Docs    = "docs"
	Symbols = "symbols"
)

// slimRules are those of slimming with the rest.
func (c *Config) slimRules(settings layer) error {
	if v, given := settings["slim.keep"]; given && len(c.Slim.Remove) == 0 {
		return v.fail("slim.keep", Wrong("Give slim.remove, such as [tests], or remove this.", "keeps packages whole, and nothing is removed from any"))
	}
	return nil
}
