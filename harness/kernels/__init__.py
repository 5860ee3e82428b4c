"""What can be said of a Triton kernel without a GPU: the judge's side, which never imports a submission."""
