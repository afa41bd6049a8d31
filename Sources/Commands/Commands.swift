
import ArgumentParser

