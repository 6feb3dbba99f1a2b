<?php
/**
 * The way without a call: a request to carry, and a place for the answer.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

defined( 'ABSPATH' ) || exit;

$faults = array(
	'aria-invalid'     => 'true',
	'aria-describedby' => 'theme-license-error',
	'autofocus'        => true,
);
?>
<p><?php $this->tell( 'This way the license for {domain} is validated without a call from this site. It is then bound to this domain until it ends: it cannot be taken back before.', array( 'domain' => $this->card->domain ) ); ?></p>
<?php $this->open_form( 'theme-license-offline' ); ?>
	<ol>
		<li>
			<h3><?php $this->tell( 'Copy the request' ); ?></h3>
			<?php $this->copied( 'theme-license-request', 'Request', (string) $this->carried, 4 ); ?>
		</li>
		<li>
			<h3><?php $this->tell( "Open the vendor's license page, on any device" ); ?></h3>
			<p><a href="<?php echo esc_url( $this->offline->portal_address( (string) $this->carried ) ); ?>" rel="noopener noreferrer" target="_blank"><?php $this->tell( 'Open the license page with this request' ); ?></a></p>
		</li>
		<li>
			<h3><?php $this->tell( 'Paste the answer' ); ?></h3>
			<p class="theme-license-field">
				<label for="theme-license-answer"><?php $this->tell( 'Answer' ); ?></label>
				<textarea id="theme-license-answer" name="answer" dir="ltr" rows="4" required spellcheck="false" autocomplete="off" maxlength="20000"<?php $this->attributes( null === $this->card->error ? array() : $faults ); ?>></textarea>
			</p>
		</li>
	</ol>
	<p class="theme-license-actions">
		<?php
		$this->button( 'answer', 'Finish', 'is-primary' );
		$this->step( array(), 'Back' );
		?>
	</p>
<?php
$this->close_form();
