<?php
/**
 * What the theme does for every visitor, with a license and without one.
 *
 * @package Jannah
 */

add_action(
	'after_setup_theme',
	static function () {
		load_theme_textdomain( 'jannah', get_template_directory() . '/languages' );
		add_theme_support( 'title-tag' );
		add_theme_support( 'automatic-feed-links' );
		add_theme_support( 'post-thumbnails' );
		add_theme_support( 'html5', array( 'search-form', 'gallery', 'caption', 'style', 'script' ) );
	}
);

add_action(
	'wp_enqueue_scripts',
	static function () {
		wp_enqueue_style( 'jannah', get_stylesheet_uri(), array(), wp_get_theme()->get( 'Version' ) );
	}
);
