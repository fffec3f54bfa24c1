package plan

// Detected says what was found and where it was found.
type Detected struct {
	Python       Value  `json:"python"`
	BaseImage    Value  `json:"base_image"`
	Requirements Values `json:"requirements"`
	Entrypoint   Values `json:"entrypoint"`
	Test         Values `json:"test"`
	// Packages of the system that were named; what is found on the way is not known here.
	BuildPackages   Values `json:"build_packages,omitzero"`
	RuntimePackages Values `json:"runtime_packages,omitzero"`
	// BuildConstraints limit what packages are built with.
	BuildConstraints Values `json:"build_constraints,omitzero"`
}

// Value is a setting with its origin: a file and line, a flag, a variable.
type Value struct {
	Value string `json:"value"`
	From  string `json:"from"`
}

// Values is a list with its origin.
type Values struct {
	Value []string `json:"value"`
	From  string   `json:"from"`
}
