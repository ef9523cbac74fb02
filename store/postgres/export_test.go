package postgres

// CheckURL reads a connection string and connects to nothing.
func CheckURL(url string) error {
	_, err := connection(url)
	return err
}
